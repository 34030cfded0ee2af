"""The people who use WeChat here: who follows the account, who agreed to what, which codes their phones were given."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from infra.local.simulators.controls import Refused, bad_request
from infra.local.simulators.storage import Clock, Store
from infra.local.simulators.wechat_errors import Denied

OPENID = re.compile(r"o[0-9A-Za-z_\-]{27}")
CODE_SECONDS = 300
USED_CODES_KEPT_SECONDS = 86_400
VISIT_SECONDS = 7200


@dataclass
class User:
    """One person: openids differ per app, the unionid joins them. `more` is whatever else was told about them."""

    KIND: ClassVar[str] = "user"
    openid: str
    miniprogram_openid: str
    unionid: str
    nickname: str = ""
    phone: str = ""
    subscribed: bool = True
    subscribed_at: float = 0
    visited_at: float = 0  # the mini-program, for the last time
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.openid

    @property
    def group(self) -> str:
        return self.miniprogram_openid


class People:
    """Everybody, by either openid."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def all(self) -> list[User]:
        return self._store.list(User)

    def register(self, content: Mapping[str, Any]) -> User:
        """Make a person known, or change what is known; Refused (400) for an openid that cannot be one."""
        openid = content.get("openid")
        if not isinstance(openid, str) or not OPENID.fullmatch(openid):
            raise bad_request(f"openid must be o and 27 letters or digits: {openid!r}")
        user = self._store.load(User, openid) or self._new(openid)
        for name, value in content.items():
            if name in ("miniprogram_openid", "unionid", "nickname", "phone"):
                if not isinstance(value, str):
                    raise bad_request(f"{name} must be a text")
                setattr(user, name, value)
            elif name == "subscribed":
                user.subscribed = bool(value)
            elif name != "openid":
                user.more[name] = value
        if not OPENID.fullmatch(user.miniprogram_openid) or user.miniprogram_openid == openid:
            raise bad_request(f"miniprogram_openid must be o and 27 letters or digits: {user.miniprogram_openid!r}")
        self._store.save(user)
        return user

    def register_all(self, contents: Iterable[Mapping[str, Any]]) -> list[User]:
        """All of them or, if one is refused, none."""
        with self._store.together():
            return [self.register(content) for content in contents]

    def phone_of(self, openid: str) -> User:
        """Whose phone this is; somebody unheard-of is made known, as a follower."""
        return self._store.load(User, openid) or self.register({"openid": openid})

    def find(self, openid: object) -> User | None:
        """By the official account's openid."""
        return self._store.load(User, openid) if isinstance(openid, str) else None

    def find_in_miniprogram(self, openid: object) -> User | None:
        found = self._store.list(User, openid) if isinstance(openid, str) else []
        return found[0] if found else None

    def follow(self, user: User, *, on: bool) -> None:
        user.subscribed = on
        user.subscribed_at = self._clock.now() if on else user.subscribed_at
        self._store.save(user)

    # Codes the mini-program gets on the phone and hands to its server

    def login_code(self, user: User) -> str:
        """`wx.login`; being there counts as a visit of the mini-program."""
        user.visited_at = self._clock.now()
        self._store.save(user)
        return self._code("login", user)

    def phone_code(self, user: User) -> str:
        """The code behind the button 手机号快速验证."""
        if not user.phone:
            raise Refused(409, "NO_PHONE", "this person has no phone number: give it with POST /_users")
        return self._code("phone", user)

    def redeem(self, purpose: str, code: object) -> User:
        """The person behind a code. Denied: 41008 none given, 40029 unknown or too old, 40163 used before."""
        if not isinstance(code, str) or not code:
            raise Denied(41008)
        now = self._clock.now()
        known = self._store.recall(f"code:{purpose}", code, now=now)
        if known is None or now >= known["until"]:
            raise Denied(40029)
        if known["used"]:
            raise Denied(40163)
        self._store.remember(f"code:{purpose}", code, {**known, "used": True}, until=now + USED_CODES_KEPT_SECONDS)
        return self.phone_of(known["openid"])

    def visited_lately(self, user: User) -> bool:
        return bool(user.visited_at) and self._clock.now() < user.visited_at + VISIT_SECONDS

    def _code(self, purpose: str, user: User) -> str:
        now, code = self._clock.now(), "0" + secrets.token_urlsafe(24)[:31].replace("-", "w").replace("_", "x")
        known = {"openid": user.openid, "until": now + CODE_SECONDS, "used": False}
        self._store.remember(f"code:{purpose}", code, known, until=now + USED_CODES_KEPT_SECONDS)
        return code

    # Consent to subscribe messages: one consent, one send

    def consents(self, appid: str, user: User, template_id: str) -> int:
        return int(self._store.setting(self._consent(appid, user, template_id), 0))

    def agree(self, appid: str, user: User, template_id: str) -> None:
        self._store.set(self._consent(appid, user, template_id), self.consents(appid, user, template_id) + 1)

    def use_consent(self, appid: str, user: User, template_id: str) -> None:
        """Denied (43101) when none is left."""
        left = self.consents(appid, user, template_id)
        if left < 1:
            raise Denied(43101)
        self._store.set(self._consent(appid, user, template_id), left - 1)

    @staticmethod
    def _consent(appid: str, user: User, template_id: str) -> str:
        return f"consent:{appid}:{user.openid}:{template_id}"

    def _new(self, openid: str) -> User:
        def derived(prefix: str) -> str:
            digest = hashlib.sha256(f"{prefix}:{openid}".encode()).hexdigest()
            return prefix + digest[: 28 - len(prefix)]

        return User(openid, derived("oM"), derived("oU"), subscribed_at=self._clock.now())
