"""Customer-service messages: what an account may write of its own accord to somebody who turned to it lately."""

from collections.abc import Mapping
from typing import Any

from infra.local.simulators.storage import Store
from infra.local.simulators.wechat_chat import Chances, Chats
from infra.local.simulators.wechat_config import Account
from infra.local.simulators.wechat_errors import Denied
from infra.local.simulators.wechat_people import People

TEXT_BYTES_MAX = 2048


class Service:
    """`POST /cgi-bin/message/custom/send`."""

    def __init__(self, account: Account, store: Store, people: People, chats: Chats, chances: Chances) -> None:
        self._account = account
        self._store = store
        self._people = people
        self._chats = chats
        self._chances = chances

    def send(self, appid: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Denied: 40003 nobody, 45002 too long, 45015 no window is open, 45047 too many, 40008 unknown type …"""
        official = appid == self._account.appid
        find = self._people.find if official else self._people.find_in_miniprogram
        user = find(body.get("touser"))
        if user is None:
            raise Denied(40003)
        kind, content = self._content(body)
        if not official or not user.subscribed:
            raise Denied(45015)  # nobody writes to the mini-program's customer service here
        with self._store.together():
            self._chances.use(user.openid)
            self._chats.received(user.openid, kind, "custom", **content)
        return {"errcode": 0, "errmsg": "ok"}

    def _content(self, body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        kind = body.get("msgtype")
        part = body.get(kind) if isinstance(kind, str) else None
        if kind not in ("text", "image", "voice", "news", "msgmenu", "miniprogrampage"):
            raise Denied(40008)
        if not isinstance(part, Mapping):
            raise Denied(44004)
        match kind:
            case "text":
                return "text", {"content": _text(part.get("content"))}
            case "image" | "voice":
                if self._store.setting(f"media:{part.get('media_id')}", None) != kind:
                    raise Denied(40007)
                return str(kind), {"media_id": part["media_id"]}
            case "msgmenu":
                return "text", _menu(part)
            case "news":
                return "text", _news(part)
            case _:
                return "text", self._page(part)

    def _page(self, part: Mapping[str, Any]) -> dict[str, Any]:
        if part.get("appid") != self._account.miniprogram_appid:
            raise Denied(40013)
        if not isinstance(part.get("pagepath"), str) or not part["pagepath"]:
            raise Denied(40165)
        way = {"appid": part["appid"], "pagepath": part["pagepath"]}
        return {"content": str(part.get("title") or ""), "miniprogram": way}


def _text(content: Any) -> str:
    if not isinstance(content, str) or not content:
        raise Denied(44004)
    if len(content.encode()) > TEXT_BYTES_MAX:
        raise Denied(45002)
    return content


def _menu(part: Mapping[str, Any]) -> dict[str, Any]:
    """A question with answers to tap; a tap comes back as a text with the answer's id as bizmsgmenuid."""
    entries = part.get("list")
    if not isinstance(entries, list) or not entries:
        raise Denied(44004)
    menu: list[dict[str, str]] = []
    for entry in entries:
        if not isinstance(entry, Mapping) or not entry.get("id") or not isinstance(entry.get("content"), str):
            raise Denied(47001)
        menu.append({"id": str(entry["id"]), "content": entry["content"]})
    head, tail = str(part.get("head_content") or ""), str(part.get("tail_content") or "")
    lines = [head, *(entry["content"] for entry in menu), tail]
    return {"content": _text("\n".join(line for line in lines if line)), "menu": menu}


def _news(part: Mapping[str, Any]) -> dict[str, Any]:
    articles = part.get("articles")
    if not isinstance(articles, list) or not articles or not isinstance(articles[0], Mapping):
        raise Denied(44004)
    if len(articles) > 1:
        raise Denied(45008)
    article = articles[0]
    return {"content": str(article.get("title") or ""), "url": str(article.get("url") or "")}
