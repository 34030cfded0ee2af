"""The phones: what people do in WeChat, brought to the account's server, and what they see."""

import asyncio
import itertools
import math
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from infra.local.simulators.controls import Refused, bad_request
from infra.local.simulators.storage import Settings, Store
from infra.local.simulators.wechat_chat import FAULT_NOTICE, TALK, TOUCH, Chances, Chats
from infra.local.simulators.wechat_config import Account
from infra.local.simulators.wechat_people import People, User
from infra.local.simulators.wechat_webhook import Delivery, Webhook
from infra.local.simulators.wechat_wire import MODES, TAMPERINGS, Manner

TEXT_MAX = 2000
MOST_DUPLICATES = 50
_SILENT_EVENTS = ("unsubscribe", "subscribe_msg_popup_event", "VIEW")
"""Nobody looks at the chat after these: a reply is not shown, nor that there was none."""


@dataclass
class OnTheWay:
    """A message that is being brought to the server. WeChat does not forget it because this program ends."""

    KIND: ClassVar[str] = "on_the_way"
    name: str
    openid: str
    fields: dict[str, Any]
    silent: bool

    @property
    def key(self) -> str:
        return self.name

    @property
    def group(self) -> str:
        return self.openid


class Phones:
    """What can be done with a phone. Every act answers what was sent, how often it was tried and what came back."""

    def __init__(
        self,
        *,
        account: Account,
        store: Store,
        settings: Settings,
        people: People,
        chats: Chats,
        chances: Chances,
        webhook: Webhook,
    ) -> None:
        self._account = account
        self._store = store
        self._settings = settings
        self._people = people
        self._chats = chats
        self._chances = chances
        self._webhook = webhook
        self._under_way: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(secrets.randbelow(1000))

    # Messages

    async def text(self, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
        return await self._message(user, "text", {"Content": _text(body, "content")}, body, content=body["content"])

    async def voice(self, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
        """`recognition` is what WeChat made of it; without one the account gets sound alone."""
        heard, media_id = str(body.get("recognition") or ""), self._media("voice")
        fields = {"MediaId": media_id, "Format": "amr", **({"Recognition": heard} if heard else {})}
        return await self._message(user, "voice", fields, body, content=heard, media_id=media_id)

    async def image(self, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
        media_id = self._media("image")
        url = str(body.get("url") or f"http://mmbiz.qpic.cn/mmbiz_jpg/{secrets.token_hex(12)}/0")
        fields = {"PicUrl": url, "MediaId": media_id}
        label = str(body.get("label") or "")
        return await self._message(user, "image", fields, body, content=label, label=label, media_id=media_id, url=url)

    async def location(self, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
        """WeChat calls the latitude Location_X and the longitude Location_Y."""
        lat, lng, label = _degrees(body, "lat", 90), _degrees(body, "lng", 180), str(body.get("label") or "")
        scale = int(body.get("scale") or 16)
        fields = {"Location_X": lat, "Location_Y": lng, "Scale": scale, "Label": label}
        place = {"lat": lat, "lng": lng, "label": label, "scale": scale}
        return await self._message(user, "location", fields, body, content=label, location=place)

    async def menu(self, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
        """A tap on an answer of a msgmenu message: a text whose bizmsgmenuid is the answer's id."""
        wanted = str(body.get("id") or "")
        entry = self._chats.menu_entry(user.openid, wanted)
        if entry is None:
            raise Refused(409, "NO_SUCH_ENTRY", f"no menu in this chat has an entry {wanted!r}")
        fields = {"Content": entry["content"], "bizmsgmenuid": wanted}
        return await self._message(user, "text", fields, body, content=entry["content"], bizmsgmenuid=wanted)

    # Events

    async def follow(self, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
        """`scene` is the parameter of the code that was scanned to get here."""
        self._people.follow(user, on=True)
        self._chances.open(user.openid, TOUCH)
        scene = str(body.get("scene") or "")
        return await self._event(user, "subscribe", {"EventKey": f"qrscene_{scene}" if scene else ""}, body)

    async def unfollow(self, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
        self._people.follow(user, on=False)
        self._chances.close(user.openid)
        return await self._event(user, "unsubscribe", {"EventKey": ""}, body)

    async def click(self, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
        self._must_follow(user)
        self._chances.open(user.openid, TOUCH)
        return await self._event(user, "CLICK", {"EventKey": _text(body, "key")}, body)

    async def scan(self, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
        self._must_follow(user)
        self._chances.open(user.openid, TOUCH)
        ticket = secrets.token_urlsafe(48)
        return await self._event(user, "SCAN", {"EventKey": _text(body, "scene"), "Ticket": ticket}, body)

    async def agree(self, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to the question whether subscribe messages may be sent: one consent per template and question."""
        official, accept = body.get("app", "official") != "miniprogram", body.get("accept", True) is True
        templates = body.get("template_ids")
        if not isinstance(templates, list) or not templates:
            raise bad_request("give template_ids")
        if unknown := [each for each in templates if each not in self._account.templates]:
            raise Refused(404, "NO_SUCH_TEMPLATE", f"not registered: {unknown[0]}")
        appid = self._account.appid if official else self._account.miniprogram_appid
        for template_id in templates if accept else ():
            self._people.agree(appid, user, template_id)
        if not official:
            return {"consents": {each: self._people.consents(appid, user, each) for each in templates}}
        status = "accept" if accept else "reject"
        entries = [{"TemplateId": each, "SubscribeStatusString": status, "PopupScene": 1} for each in templates]
        fields = {"SubscribeMsgPopupEvent": {"List": entries}}
        answer = await self._event(user, "subscribe_msg_popup_event", fields, body)
        return answer | {"consents": {each: self._people.consents(appid, user, each) for each in templates}}

    def told(self, user: User, fields: Mapping[str, Any]) -> None:
        """An event about what became of a card; nobody waits for it."""
        if self._settings["result_events"]:
            whole = {"CreateTime": int(time.time()), "MsgType": "event", **fields}
            self._carry(self._on_the_way(user, whole, silent=True))

    async def run(self) -> None:
        """Bring what was on its way when the program ended; live until cancelled, then stop what is under way."""
        for unfinished in self._store.list(OnTheWay):
            self._carry(unfinished)
        try:
            await asyncio.Event().wait()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            await self._webhook.close()

    # Inside

    async def _message(
        self, user: User, kind: str, fields: Mapping[str, Any], body: Mapping[str, Any], **shown: Any
    ) -> dict[str, Any]:
        self._must_follow(user)
        manner, copies, at_once = _manner(body)
        self._chances.open(user.openid, TALK)
        message_id = self._message_id()
        whole = {"CreateTime": int(time.time()), "MsgType": kind, **fields, "MsgId": message_id}
        self._chats.sent(user.openid, kind, msg_id=str(message_id), **shown)
        going = self._on_the_way(user, whole, silent=False)
        deliveries = await self._deliver(user, whole, manner, copies, at_once=at_once)
        return {"msg_id": str(message_id), **self._arrived(going, deliveries)}

    async def _event(
        self, user: User, event: str, fields: Mapping[str, Any], body: Mapping[str, Any]
    ) -> dict[str, Any]:
        manner, copies, at_once = _manner(body)
        whole = {"CreateTime": int(time.time()), "MsgType": "event", "Event": event, **fields}
        key = str(fields.get("EventKey", ""))
        self._chats.sent(user.openid, "event", event=event, key=key)
        going = self._on_the_way(user, whole, silent=event in _SILENT_EVENTS)
        deliveries = await self._deliver(user, whole, manner, copies, at_once=at_once)
        return {"msg_id": None, "event": event, **self._arrived(going, deliveries)}

    def _on_the_way(self, user: User, fields: Mapping[str, Any], *, silent: bool) -> OnTheWay:
        going = OnTheWay(secrets.token_hex(8), user.openid, dict(fields), silent)
        self._store.save(going)
        return going

    def _carry(self, going: OnTheWay) -> None:
        """Bring a message nobody waits for."""

        async def carried() -> None:
            delivery = await self._webhook.deliver(going.openid, going.fields, Manner())
            self._arrived(going, [delivery])

        task = asyncio.get_running_loop().create_task(carried())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _arrived(self, going: OnTheWay, deliveries: list[Delivery]) -> dict[str, Any]:
        with self._store.together():
            self._store.remove(going)
            return self._shown(going.openid, deliveries, silent=going.silent)

    async def _deliver(
        self, user: User, fields: Mapping[str, Any], manner: Manner, copies: int, *, at_once: bool
    ) -> list[Delivery]:
        if at_once:
            waiting = (self._webhook.deliver(user.openid, fields, manner) for _ in range(copies))
            return list(await asyncio.gather(*waiting))
        return [await self._webhook.deliver(user.openid, fields, manner) for _ in range(copies)]

    def _shown(self, openid: str, deliveries: list[Delivery], *, silent: bool) -> dict[str, Any]:
        """What the phone shows: the first answer, whatever the copies brought."""
        first = deliveries[0]
        shown: dict[str, Any] | None = None
        if not silent and first.problem:
            shown = self._chats.received(openid, "notice", "system", content=FAULT_NOTICE, problem=first.problem)
        elif not silent and first.reply and first.reply["kind"] != "transfer_customer_service":
            content = {name: value for name, value in first.reply.items() if name != "kind"}
            kind = "text" if first.reply["kind"] == "news" else first.reply["kind"]
            shown = self._chats.received(openid, kind, "reply", **content)
        answer: dict[str, Any] = {
            "tries": len(first.attempts),
            "attempts": first.attempts,
            "reply": shown if shown and not first.problem else None,
            "problem": first.problem or None,
        }
        if len(deliveries) > 1:
            answer["copies"] = [
                {"tries": len(each.attempts), "reply": each.reply, "problem": each.problem or None}
                for each in deliveries
            ]
        return answer

    @staticmethod
    def _must_follow(user: User) -> None:
        if not user.subscribed:
            raise Refused(409, "NOT_FOLLOWING", "this person does not follow the account: POST …/follow first")

    def _message_id(self) -> int:
        """64 bits: the instant, then a counter."""
        return int(time.time() * 1000) * 1_000_000 + next(self._numbers) % 1_000_000

    def _media(self, kind: str) -> str:
        media_id = secrets.token_urlsafe(48)
        self._store.set(f"media:{media_id}", kind)
        return media_id


def _manner(body: Mapping[str, Any]) -> tuple[Manner, int, bool]:
    """The options of misbehaviour in a body; Refused (400) for one that does not exist."""
    mode, tamper = body.get("mode", "safe"), body.get("tamper", "")
    offset, copies = body.get("timestamp_offset", 0), body.get("duplicate", 1)
    if mode not in MODES or (tamper and tamper not in TAMPERINGS):
        raise bad_request(f"mode: {' | '.join(MODES)}; tamper: {' | '.join(TAMPERINGS)}")
    if type(offset) is not int or type(copies) is not int or not 1 <= copies <= MOST_DUPLICATES:
        raise bad_request(f"timestamp_offset: whole seconds; duplicate: 1 to {MOST_DUPLICATES}")
    return Manner(mode, offset, tamper), copies, body.get("concurrent", True) is not False


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value or len(value) > TEXT_MAX:
        raise bad_request(f"{name} must be a text of 1 to {TEXT_MAX} characters")
    return value


def _degrees(body: Mapping[str, Any], name: str, most: int) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > most:
        raise bad_request(f"{name} must be a number between -{most} and {most}")
    return float(value)
