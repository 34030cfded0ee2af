"""What goes over the wire to the account's server and back: requests signed and sealed, replies read and checked."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from infra.local.simulators.wechat_config import Account
from infra.local.simulators.wechat_crypto import UnreadableError, element, opened, sealed, signature

MODES = ("safe", "compatible", "plain")
TAMPERINGS = ("signature", "msg_signature", "encrypt", "appid", "recipient", "xml", "key")
REPLY_TEXT_BYTES_MAX = 2048
_REPLY_PARTS = {
    "text": "Content",
    "image": "Image/MediaId",
    "voice": "Voice/MediaId",
    "video": "Video/MediaId",
    "music": "Music",
    "news": "Articles/item",
    "transfer_customer_service": "",
}


@dataclass(frozen=True)
class Manner:
    """How messages are sent. `tamper` spoils one thing a good server must notice."""

    mode: str = "safe"
    timestamp_offset: int = 0
    tamper: str = ""


@dataclass(frozen=True)
class Posted:
    """One request to the webhook."""

    url: str
    body: bytes


def posted(account: Account, openid: str, fields: Mapping[str, Any], manner: Manner) -> Posted:
    """The request that carries a message; made anew for every try, as WeChat does: another nonce, the same message."""
    recipient = "gh_000000000000" if manner.tamper == "recipient" else account.original_id
    whole = {"ToUserName": recipient, "FromUserName": openid, **fields}
    xml = element("xml", whole)
    if manner.tamper == "xml":
        xml = xml[: len(xml) // 2]
    timestamp, nonce = str(int(time.time()) + manner.timestamp_offset), str(secrets.randbelow(10**9))
    query = {"signature": signature(account.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    query["openid"] = openid
    if manner.tamper == "signature":
        query["signature"] = signature("another token", timestamp, nonce)
    if manner.mode != "plain":
        cipher = sealed(
            xml,
            secrets.token_bytes(32) if manner.tamper == "key" else account.aes_key,
            "wx0000000000000000" if manner.tamper == "appid" else account.appid,
        )
        signer = "another token" if manner.tamper == "msg_signature" else account.token
        query |= {"encrypt_type": "aes", "msg_signature": signature(signer, timestamp, nonce, cipher)}
        if manner.tamper == "encrypt":
            cipher = cipher[:-8] + "AAAAAAA="
        shown = whole if manner.mode == "compatible" else {"ToUserName": recipient}
        xml = element("xml", {**shown, "Encrypt": cipher})
    joint = "&" if "?" in account.webhook else "?"
    return Posted(f"{account.webhook}{joint}{urlencode(query)}", xml.encode())


def read_reply(account: Account, openid: str, body: bytes, mode: str) -> dict[str, Any] | None:
    """The passive reply, or None for `success` and nothing. UnreadableError says what WeChat would not accept."""
    try:
        text = body.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise UnreadableError("the reply is not UTF-8") from error
    if text in ("", "success"):
        return None
    root = _root(text)
    if root.find("Encrypt") is not None:
        root = _root(_decrypted(account, root))
    elif mode == "safe":
        raise UnreadableError("in safe mode the reply must be encrypted")
    return _checked(account, openid, root)


def _decrypted(account: Account, root: ElementTree.Element) -> str:
    parts = {name: _text(root, name) for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")}
    expected = signature(account.token, parts["TimeStamp"], parts["Nonce"], parts["Encrypt"])
    if parts["MsgSignature"] != expected:
        raise UnreadableError("MsgSignature is wrong")
    return opened(parts["Encrypt"], account.aes_key, account.appid)


def _checked(account: Account, openid: str, root: ElementTree.Element) -> dict[str, Any]:
    if _text(root, "ToUserName") != openid or _text(root, "FromUserName") != account.original_id:
        raise UnreadableError("ToUserName and FromUserName must be those of the message, swapped")
    if not (_text(root, "CreateTime").isascii() and _text(root, "CreateTime").isdecimal()):
        raise UnreadableError("CreateTime must be an integer")
    kind = _text(root, "MsgType")
    if kind not in _REPLY_PARTS:
        raise UnreadableError(f"MsgType {kind} is no reply")
    part = _REPLY_PARTS[kind]
    content = (root.findtext(part) or "").strip() if part else ""
    if part and root.find(part) is None:
        raise UnreadableError(f"{part} is missing")
    if kind == "text" and not content:
        raise UnreadableError("Content is empty")
    if len(content.encode()) > REPLY_TEXT_BYTES_MAX:
        raise UnreadableError("Content is longer than 2048 bytes")
    reply: dict[str, Any] = {"kind": kind, "content": content if kind == "text" else ""}
    if kind == "news":
        articles = [{name.tag: name.text or "" for name in item} for item in root.findall(part)]
        reply |= {"content": articles[0].get("Title", ""), "url": articles[0].get("Url", ""), "articles": articles}
    return reply


def _root(xml: str) -> ElementTree.Element:
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise UnreadableError("the reply declares entities")
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314  entities are refused above
    except ElementTree.ParseError as error:
        raise UnreadableError(f"the reply is not XML: {error}") from error
    if root.tag != "xml":
        raise UnreadableError("the reply's root must be xml")
    return root


def _text(root: ElementTree.Element, name: str) -> str:
    found = root.findall(name)
    if len(found) != 1 or not (found[0].text or "").strip():
        raise UnreadableError(f"{name} must stand there once")
    return str(found[0].text)
