"""Template messages of the official account, and subscribe messages of both apps."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from infra.local.simulators.storage import Clock, Store
from infra.local.simulators.wechat_chat import Chats
from infra.local.simulators.wechat_config import Account, Template
from infra.local.simulators.wechat_errors import Denied
from infra.local.simulators.wechat_fields import card_fields
from infra.local.simulators.wechat_people import People, User

DEDUPE_SECONDS = 600
URL_MAX = 1024
Push = Callable[[User, dict[str, Any]], None]


class Cards:
    """Sends cards; `push` tells the account's server what became of them, as WeChat does."""

    def __init__(  # noqa: PLR0917 - its neighbours
        self, account: Account, store: Store, clock: Clock, people: People, chats: Chats, push: Push
    ) -> None:
        self._account = account
        self._store = store
        self._clock = clock
        self._people = people
        self._chats = chats
        self._push = push

    def send_template(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`POST /cgi-bin/message/template/send`. The same client_msg_id to one person is shown once in 10 minutes."""
        user = self._people.find(body.get("touser"))
        if user is None:
            raise Denied(40003)
        template = self._template(body)
        fields = card_fields(template, body.get("data"))
        card = self._card(template, fields, url=_url(body.get("url")), miniprogram=self._way(body.get("miniprogram")))
        if not user.subscribed:
            raise Denied(43004)
        now, once = self._clock.now(), body.get("client_msg_id")
        if once is not None and not isinstance(once, str):
            raise Denied(47001)
        key = f"{user.openid}:{once}"
        before = self._store.recall("client_msg_id", key, now=now) if once else None
        if before:
            return _sent(before)
        message_id = self._message_id()
        if once:
            self._store.remember("client_msg_id", key, message_id, until=now + DEDUPE_SECONDS)
        self._chats.received(user.openid, "template", "template", msg_id=str(message_id), card=card)
        self._push(user, {"Event": "TEMPLATESENDJOBFINISH", "MsgID": message_id, "Status": "success"})
        return _sent(message_id)

    def send_subscribe(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`POST /cgi-bin/message/subscribe/send`: the mini-program's; uses up one consent."""
        user = self._people.find_in_miniprogram(body.get("touser"))
        if user is None:
            raise Denied(40003)
        page = body.get("page")
        return self._subscribed(self._account.miniprogram_appid, user, body, page=page if isinstance(page, str) else "")

    def send_notice(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`POST /cgi-bin/message/subscribe/bizsend`: the official account's; uses up one consent."""
        user = self._people.find(body.get("touser"))
        if user is None:
            raise Denied(40003)
        page = body.get("page")
        answer = self._subscribed(self._account.appid, user, body, page=page if isinstance(page, str) else "")
        entry = {"TemplateId": body["template_id"], "MsgID": answer["msgid"], "ErrorCode": 0, "ErrorStatus": "success"}
        self._push(user, {"Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": entry}})
        return answer

    def _subscribed(self, appid: str, user: User, body: Mapping[str, Any], *, page: str) -> dict[str, Any]:
        template = self._template(body)
        way = self._way(body.get("miniprogram"))
        fields = card_fields(template, body.get("data"))
        self._people.use_consent(appid, user, template.template_id)
        message_id = self._message_id()
        card = self._card(template, fields, url=page if page.startswith("http") else None, miniprogram=way)
        if page and not page.startswith("http"):
            card["miniprogram"] = {"appid": self._account.miniprogram_appid, "pagepath": page}
        self._chats.received(user.openid, "template", "subscribe", msg_id=str(message_id), card=card)
        return _sent(message_id)

    def _template(self, body: Mapping[str, Any]) -> Template:
        template_id = body.get("template_id")
        template = self._account.templates.get(template_id) if isinstance(template_id, str) else None
        if template is None:
            raise Denied(40037)
        return template

    def _way(self, miniprogram: Any) -> dict[str, str] | None:
        """Where a tap leads inside the mini-program; only the account's own may be named."""
        if not miniprogram:
            return None
        if not isinstance(miniprogram, Mapping) or miniprogram.get("appid") != self._account.miniprogram_appid:
            raise Denied(40013)
        pagepath = miniprogram.get("pagepath", "")
        if not isinstance(pagepath, str) or pagepath.startswith("/"):
            raise Denied(40165)
        return {"appid": self._account.miniprogram_appid, "pagepath": pagepath}

    @staticmethod
    def _card(
        template: Template, fields: list[dict[str, str]], *, url: str | None, miniprogram: dict[str, str] | None
    ) -> dict[str, Any]:
        return {
            "template_id": template.template_id,
            "title": template.title,
            "fields": fields,
            "url": url,
            "miniprogram": miniprogram,
        }

    def _message_id(self) -> int:
        number = int(self._store.setting("last_card", int(time.time()) * 1000)) + 1
        self._store.set("last_card", number)
        return number


def _url(url: Any) -> str | None:
    if url is None or url == "":
        return None
    if not isinstance(url, str) or len(url) > URL_MAX:
        raise Denied(40039)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Denied(40048)
    return url


def _sent(message_id: int) -> dict[str, Any]:
    return {"errcode": 0, "errmsg": "ok", "msgid": message_id}
