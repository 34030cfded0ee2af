"""The chats as the phones show them, both directions, in order; and the chances to write that they open."""

import time
from typing import Any

from infra.local.simulators.controls import Bell
from infra.local.simulators.storage import Clock, Store
from infra.local.simulators.wechat_errors import Denied

PAGE = 1000
FAULT_NOTICE = "该公众号提供的服务出现故障，请稍后再试"
TALK = ("message", 5, 48 * 3600)
TOUCH = ("touch", 3, 60)


class Chats:
    """One conversation per person with the official account."""

    def __init__(self, store: Store, bell: Bell, original_id: str) -> None:
        self._store = store
        self._bell = bell
        self._original_id = original_id

    def sent(self, openid: str, kind: str, **content: Any) -> dict[str, Any]:
        """Something the person did: `kind` text, voice, image, location or event."""
        return self._add(openid, "out", openid, self._original_id, kind, "phone", content)

    def received(self, openid: str, kind: str, via: str, **content: Any) -> dict[str, Any]:
        """Something that appears on the person's phone; `via` reply, custom, template, subscribe or system."""
        return self._add(openid, "in", self._original_id, openid, kind, via, content)

    def messages(self, openid: str, *, since: int = 0) -> list[dict[str, Any]]:
        found = self._store.read("chat", since=since, about=(openid,), limit=PAGE)
        return [{"seq": seq, **body} for seq, _, body in found]

    def menu_entry(self, openid: str, entry_id: str) -> dict[str, str] | None:
        """The answer with this id in the latest menu message that has one."""
        latest = self._store.read("chat", about=(openid,), limit=PAGE, newest=True)
        entries = (entry for _, _, message in latest for entry in message.get("menu", ()))
        return next((entry for entry in entries if entry["id"] == entry_id), None)

    def _add(  # noqa: PLR0917 - who, which way, what
        self, openid: str, direction: str, sender: str, recipient: str, kind: str, via: str, content: dict[str, Any]
    ) -> dict[str, Any]:
        message = {
            "at": Clock.rfc3339(time.time()),
            "direction": direction,
            "from": sender,
            "to": recipient,
            "kind": kind,
            "via": via,
            "content": "",
            **content,
        }
        seq = self._store.append("chat", openid, message)
        self._bell.ring()
        return {"seq": seq, **message}


class Chances:
    """How many customer-service messages the account may still send to somebody.

    Five within 48 hours of the person's last message, three within a minute of a follow, menu tap or scan. They do not
    add up: another message opens the same five anew.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def open(self, openid: str, chance: tuple[str, int, int]) -> None:
        name, count, seconds = chance
        self._store.set(f"chance:{name}:{openid}", {"left": count, "until": self._clock.now() + seconds})

    def close(self, openid: str) -> None:
        """The person stopped following."""
        for name, _, _ in (TALK, TOUCH):
            self._store.set(f"chance:{name}:{openid}", None)

    def open_now(self, openid: str) -> dict[str, dict[str, Any]]:
        found = {name: self._store.setting(f"chance:{name}:{openid}", None) for name, _, _ in (TALK, TOUCH)}
        return {name: each for name, each in found.items() if each and self._clock.now() < each["until"]}

    def use(self, openid: str) -> None:
        """Take one, of the shorter window first. Denied: 45015 no window is open, 45047 they are used up."""
        windows = self.open_now(openid)
        if not windows:
            raise Denied(45015)
        for name in ("touch", "message"):
            window = windows.get(name)
            if window and window["left"] > 0:
                self._store.set(f"chance:{name}:{openid}", {**window, "left": window["left"] - 1})
                return
        raise Denied(45047)
