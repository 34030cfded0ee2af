"""Access tokens: stable ones and those of the old call, each kind with one current token and a short overlap.

A renewal leaves the token before it valid for five more minutes, and ends the one before that at once.
"""

import secrets
import string
from dataclasses import dataclass
from typing import ClassVar

from infra.local.simulators.storage import Clock, Store
from infra.local.simulators.wechat_errors import Denied

LIFE_SECONDS = 7200
OVERLAP_SECONDS = 300
FORCED_PER_DAY = 20
FORCED_APART_SECONDS = 30
FORGOTTEN_AFTER_SECONDS = 7 * 86_400
TOKEN_LENGTH = 157


@dataclass
class Token:
    """One token; its time is over at `ends_at`, and from `dropped_at` on it is invalid because of newer ones."""

    KIND: ClassVar[str] = "token"
    value: str
    appid: str
    call: str  # stable or plain
    issued_at: float
    ends_at: float
    dropped_at: float | None = None

    @property
    def key(self) -> str:
        return self.value

    @property
    def group(self) -> str:
        return f"{self.appid}:{self.call}"


class Tokens:
    """Issues and checks tokens of the official account and the mini-program."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def stable(self, appid: str, *, force: bool) -> tuple[str, int]:
        """The token and its seconds: the same one until five minutes before its end, unless forced.

        Forced again within 30 seconds nothing is renewed; more than 20 times a day is denied (45009).
        """
        now, current = self._clock.now(), self._current(appid, "stable")
        if current and force:
            name = f"forced:{appid}:{self._clock.at():%Y-%m-%d}"
            forced = self._store.setting(name, {"times": 0, "last": 0})
            if now - forced["last"] >= FORCED_APART_SECONDS:
                if forced["times"] >= FORCED_PER_DAY:
                    raise Denied(45009)
                self._store.set(name, {"times": forced["times"] + 1, "last": now})
                current = None
        if current is None or now >= current.ends_at - OVERLAP_SECONDS:
            current = self._renewed(appid, "stable")
        return current.value, int(current.ends_at - now)

    def plain(self, appid: str) -> tuple[str, int]:
        """`/cgi-bin/token`: every call renews."""
        token = self._renewed(appid, "plain")
        return token.value, LIFE_SECONDS

    def owner(self, value: str) -> str:
        """The appid a token stands for. Denied: 41001 missing, 42001 its time is over, 40001 unknown or not latest."""
        if not value:
            raise Denied(41001)
        token, now = self._store.load(Token, value), self._clock.now()
        if token is None:
            raise Denied(40001)
        if now >= token.ends_at:
            raise Denied(42001)
        if token.dropped_at is not None and now >= token.dropped_at:
            raise Denied(40001)
        return token.appid

    def expire_all(self) -> int:
        """End every token at once, as if its time were over; how many."""
        alive = [token for token in self._store.list(Token) if self._clock.now() < token.ends_at]
        for token in alive:
            token.ends_at = self._clock.now()
            self._store.save(token)
        return len(alive)

    def revoke_all(self) -> int:
        """Make every token invalid, as a reset of the app's secret does; how many."""
        tokens = self._store.list(Token)
        for token in tokens:
            self._store.remove(token)
        return len(tokens)

    def forced_today(self, appid: str) -> int:
        return int(self._store.setting(f"forced:{appid}:{self._clock.at():%Y-%m-%d}", {"times": 0})["times"])

    def _current(self, appid: str, call: str) -> Token | None:
        tokens = self._store.list(Token, f"{appid}:{call}")
        return tokens[-1] if tokens and self._clock.now() < tokens[-1].ends_at else None

    def _renewed(self, appid: str, call: str) -> Token:
        now = self._clock.now()
        letters = string.ascii_letters + string.digits + "-_"
        value = f"{secrets.randbelow(40) + 60}_" + "".join(secrets.choice(letters) for _ in range(TOKEN_LENGTH - 3))
        with self._store.together():
            older = self._store.list(Token, f"{appid}:{call}")
            for token in older:
                if now > token.ends_at + FORGOTTEN_AFTER_SECONDS:
                    self._store.remove(token)
                elif token is older[-1] and token.dropped_at is None:
                    token.dropped_at = now + OVERLAP_SECONDS
                    self._store.save(token)
                elif token.dropped_at is not None and token.dropped_at > now:
                    token.dropped_at = now
                    self._store.save(token)
            renewed = Token(value, appid, call, now, now + LIFE_SECONDS)
            self._store.save(renewed)
        return renewed
