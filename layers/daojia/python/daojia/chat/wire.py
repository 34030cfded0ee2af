"""WeChat's wire format: signatures, encryption, XML in and out.

Rules: https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html and
…/Message_Management/Message_encryption_and_decryption_instructions.html. Whatever does not follow them is refused
before anything is read or written.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, cast
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.crypto import WeChatCrypto  # pyright: ignore[reportMissingTypeStubs]
from wechatpy.exceptions import InvalidAppIdException  # pyright: ignore[reportMissingTypeStubs]
from wechatpy.parser import parse_message  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

from daojia.chat.message import Kind, Message, Reply
from daojia.kernel.errors import BodyTooLargeError, ForbiddenError, InvalidInputError, UnauthorizedError
from daojia.kernel.geography import Point
from daojia.kernel.value import Value

BODY_MAX: Final = 64 * 1024
"""Bytes. A text message has 600 characters at most; nothing WeChat sends comes near this."""
FRESH: Final = timedelta(minutes=10)
"""How far a timestamp may be off: WeChat's retries come within 15 seconds, clocks differ by a few minutes."""
TEXT_MAX: Final = 2000
MENU_COMMANDS: Final = {
    "BOOK": "预约",
    "ORDERS": "我的订单",
    "PAY": "付款",
    "HELP": "帮助",
    "JOBS": "我的单",
    "INCOME": "收入",
}
"""What tapping an entry of the account's own menu means; other keys are taken for the words themselves."""
_FOLLOWS: Final = {"subscribe", "subscribe_scan"}
_TALKS: Final = {"click", "scan"}
_SEEN: Final = {"image", "video", "shortvideo"}


class SignatureInvalidError(UnauthorizedError):
    """The request was not signed with the account's token, or was changed on its way."""

    code = "SIGNATURE_INVALID"


class MessageStaleError(UnauthorizedError):
    """Rightly signed, but long ago: somebody plays it back."""

    code = "MESSAGE_STALE"


class MessageUnreadableError(InvalidInputError):
    """Not the XML WeChat sends."""

    code = "MESSAGE_UNREADABLE"


class WrongRecipientError(ForbiddenError):
    """Meant for another account."""

    code = "WRONG_RECIPIENT"


class EncryptionRequiredError(ForbiddenError):
    """The account is set to one mode and the message came in the other."""

    code = "ENCRYPTION_REQUIRED"


class Settings(Value):
    """The account's server settings. `mode`: `safe` (encrypted only), `plain`, or `both`."""

    appid: str
    token: str
    encoding_aes_key: str
    original_id: str
    mode: str = "safe"

    @classmethod
    def of(cls, channel: Mapping[str, Any]) -> "Settings":
        """From the channels secret, which holds more than this."""
        return cls.model_validate({name: channel[name] for name in cls.model_fields if channel.get(name)})


class Envelope(Value):
    """An opened message and what its answer needs."""

    message: Message
    openid: str
    original_id: str
    sent_at: int
    encrypted: bool


def handshake(query: Mapping[str, str], settings: Settings, now: datetime) -> str:
    """WeChat's question whether this server is ours; the answer is `echostr` as it came."""
    _check_fresh(query, now)
    _check(query.get("signature"), settings.token, query["timestamp"], query.get("nonce", ""))
    if not query.get("echostr"):
        raise MessageUnreadableError(problem="echostr")
    return query["echostr"]


def open_envelope(query: Mapping[str, str], body: bytes, settings: Settings, now: datetime) -> Envelope:
    """Check, decrypt and read a message. Raises a 4xx error for anything WeChat would not send."""
    if len(body) > BODY_MAX:
        raise BodyTooLargeError(limit=BODY_MAX)
    _check_fresh(query, now)
    timestamp, nonce = query["timestamp"], query.get("nonce", "")
    encrypted = query.get("encrypt_type") == "aes"
    if encrypted == (settings.mode == "plain") and settings.mode != "both":
        raise EncryptionRequiredError
    if not encrypted or "signature" in query:
        _check(query.get("signature"), settings.token, timestamp, nonce)
    text = _decoded(body)
    if encrypted:
        outer = _fields(text)
        cipher = _text_of(outer, "Encrypt")
        _check(query.get("msg_signature"), settings.token, timestamp, nonce, cipher)
        _check_recipient(_text_of(outer, "ToUserName"), settings)
        text = _decrypted(cipher, query["msg_signature"], timestamp, nonce, settings)
    fields = _fields(text)
    _check_recipient(_text_of(fields, "ToUserName"), settings)
    message = _message(text, fields)
    return Envelope(
        message=message,
        openid=message.openid,
        original_id=settings.original_id,
        sent_at=_number(fields, "CreateTime"),
        encrypted=encrypted,
    )


def seal_reply(reply: Reply, envelope: Envelope, query: Mapping[str, str], settings: Settings, now: datetime) -> str:
    """The answer as WeChat wants it, encrypted if the question was. No text: `success`, which says nothing."""
    if not reply.text:
        return "success"
    stamp = str(int(now.timestamp()))
    xml = (
        f"<xml><ToUserName>{_cdata(envelope.openid)}</ToUserName>"
        f"<FromUserName>{_cdata(envelope.original_id)}</FromUserName>"
        f"<CreateTime>{stamp}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_cdata(reply.text)}</Content></xml>"
    )
    if not envelope.encrypted:
        return xml
    crypto = _crypto(settings)
    return crypto.encrypt_message(xml, query.get("nonce", ""), stamp)


def _cdata(text: str) -> str:
    """A CDATA section that nothing inside can end, without characters XML cannot hold."""
    legal = "".join(char for char in text if (char >= " " and char not in "\ufffe\uffff") or char in "\n\t")
    return "<![CDATA[" + legal.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _crypto(settings: Settings) -> Any:
    return WeChatCrypto(settings.token, settings.encoding_aes_key, settings.appid)


def _check(signature: str | None, token: str, *parts: str) -> None:
    """Signatures are compared in constant time, so that answering times give nothing away."""
    expected = hashlib.sha1("".join(sorted((token, *parts))).encode()).hexdigest()  # noqa: S324  WeChat's own rule
    if not hmac.compare_digest(expected.encode(), (signature or "").encode()):
        raise SignatureInvalidError


def _check_fresh(query: Mapping[str, str], now: datetime) -> None:
    stamp = query.get("timestamp", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        raise SignatureInvalidError
    if abs(now.timestamp() - int(stamp)) > FRESH.total_seconds():
        raise MessageStaleError


def _check_recipient(original_id: str, settings: Settings) -> None:
    if original_id != settings.original_id:
        raise WrongRecipientError


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise MessageUnreadableError(problem="utf-8") from error


def _decrypted(cipher: str, signature: str, timestamp: str, nonce: str, settings: Settings) -> str:
    """The inner XML. Signed with our token and yet not decryptable means another AES key or another account."""
    crypto = _crypto(settings)
    try:
        base64.b64decode(cipher, validate=True)
        return crypto.decrypt_message({"Encrypt": cipher}, signature, timestamp, nonce)
    except InvalidAppIdException as error:
        raise WrongRecipientError from error
    except Exception as error:
        # The library lets padding, length and encoding fail each in its own way.
        raise MessageUnreadableError(problem="Encrypt") from error


def _fields(xml: str) -> dict[str, Any]:
    try:
        parsed: Any = xmltodict.parse(xml)
    except (ExpatError, ValueError) as error:
        raise MessageUnreadableError(problem="XML") from error
    fields: Any = parsed.get("xml") if isinstance(parsed, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if not isinstance(fields, dict):
        raise MessageUnreadableError(problem="xml")
    return fields  # pyright: ignore[reportUnknownVariableType]


def _text_of(fields: Mapping[str, Any], name: str) -> str:
    """A field every message has, once, as text."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise MessageUnreadableError(problem=name)
    return value


def _number(fields: Mapping[str, Any], name: str) -> int:
    value = _text_of(fields, name)
    if not (value.isascii() and value.isdecimal() and len(value) <= 20):
        raise MessageUnreadableError(problem=name)
    return int(value)


def _message(xml: str, fields: Mapping[str, Any]) -> Message:
    openid, kind = _text_of(fields, "FromUserName"), _text_of(fields, "MsgType").lower()
    if kind == "event":
        return _event(xml, fields, openid)
    common: dict[str, Any] = {"openid": openid, "message_id": str(_number(fields, "MsgId"))}
    match kind:
        case "text":
            return Message(kind=Kind.TEXT, text=_words(fields, "Content"), **common)
        case "voice":
            words = _words(fields, "Recognition").rstrip("。！？.!?")
            return Message(kind=Kind.TEXT if words else Kind.MUTE_VOICE, text=words, **common)
        case "location":
            return Message(kind=Kind.LOCATION, text=_words(fields, "Label"), point=_point(fields), **common)
        case _:
            return Message(kind=Kind.IMAGE if kind in _SEEN else Kind.OTHER, **common)


def _event(xml: str, fields: Mapping[str, Any], openid: str) -> Message:
    """An event has no MsgId: sender, time, event and key say which one it is."""
    event, key = _text_of(fields, "Event"), _words(fields, "EventKey")
    message_id = f"{_number(fields, 'CreateTime')}#{event}#{key}"
    parsed = cast(Any, parse_message)(xml)
    name = str(getattr(parsed, "event", "") or event.lower())
    if name in _FOLLOWS:
        return Message(openid=openid, message_id=message_id, kind=Kind.FOLLOW)
    if name == "unsubscribe":
        return Message(openid=openid, message_id=message_id, kind=Kind.UNFOLLOW)
    if name in _TALKS:
        words = MENU_COMMANDS.get(key, key) if name == "click" else "菜单"
        return Message(openid=openid, message_id=message_id, kind=Kind.TEXT, text=words)
    return Message(openid=openid, message_id=message_id, kind=Kind.SILENT)


def _words(fields: Mapping[str, Any], name: str) -> str:
    """A field that may be missing or empty; longer than any person types is cut."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MessageUnreadableError(problem=name)
    return value.strip()[:TEXT_MAX]


def _point(fields: Mapping[str, Any]) -> Point:
    """WeChat calls the latitude Location_X. Coordinates are GCJ-02."""
    try:
        lat, lng = float(_text_of(fields, "Location_X")), float(_text_of(fields, "Location_Y"))
    except ValueError as error:
        raise MessageUnreadableError(problem="Location_X") from error
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        raise MessageUnreadableError(problem="Location_X")
    return Point(lat=lat, lng=lng)
