"""The server address, spoken to as WeChat's documents say and with nothing but `cryptography`.

https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions.html
"""

import base64
import hashlib
import itertools
import os
import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from daojia.kernel.ids import account_id_of
from tests.e2e.town import refused
from tests.stack import aws, http

MESSAGE_IDS = itertools.count(int(time.time() * 1000) << 16)
BLOCK = 32


def sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - WeChat's own rule


@dataclass
class WeChat:
    """WeChat's side of one account."""

    stack: dict[str, Any]

    @property
    def token(self) -> str:
        return str(self.stack["wechat"]["token"])

    @property
    def key(self) -> bytes:
        return base64.b64decode(self.stack["wechat"]["encoding_aes_key"] + "=")

    def sealed(self, xml: str, *, key: bytes | None = None, appid: str | None = None) -> str:
        """base64(AES-CBC(16 random bytes, length, XML, appid)), padded to 32 bytes; the IV is the key's beginning."""
        text, key = xml.encode(), key or self.key
        owner = (appid or self.stack["wechat"]["appid"]).encode()
        plain = os.urandom(16) + struct.pack(">I", len(text)) + text + owner
        count = BLOCK - len(plain) % BLOCK
        encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([count]) * count) + encryptor.finalize()).decode()

    def opened(self, cipher: str) -> str:
        decryptor = Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16])).decryptor()
        padded = decryptor.update(base64.b64decode(cipher)) + decryptor.finalize()
        plain = padded[16 : -padded[-1]]
        length = struct.unpack(">I", plain[:4])[0]
        assert plain[4 + length :].decode() == self.stack["wechat"]["appid"]
        return plain[4 : 4 + length].decode()

    def query(self, *, stamp: int | None = None, token: str | None = None, cipher: str | None = None) -> dict[str, str]:
        """The signed query of a request; with `cipher` that of safe mode."""
        timestamp, nonce = str(int(time.time()) if stamp is None else stamp), str(secrets.randbelow(10**9))
        signed = {"signature": sha1(token or self.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
        if cipher is not None:
            mark = sha1(token or self.token, timestamp, nonce, cipher)
            signed |= {"encrypt_type": "aes", "msg_signature": mark}
        return signed

    def text(self, openid: str, content: str, *, message_id: int | None = None, recipient: str | None = None) -> str:
        """A text message as WeChat writes it."""
        return (
            f"<xml><ToUserName><![CDATA[{recipient or self.stack['wechat']['original_id']}]]></ToUserName>"
            f"<FromUserName><![CDATA[{openid}]]></FromUserName><CreateTime>{int(time.time())}</CreateTime>"
            f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content>"
            f"<MsgId>{message_id or next(MESSAGE_IDS)}</MsgId></xml>"
        )

    def envelope(self, cipher: str, *, recipient: str | None = None) -> str:
        to = recipient or self.stack["wechat"]["original_id"]
        return f"<xml><ToUserName><![CDATA[{to}]]></ToUserName><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>"

    def post(self, body: str | bytes, query: dict[str, str]) -> httpx.Response:
        with http(self.stack) as client:
            return client.post("/wechat", params=query, content=body, headers={"Content-Type": "text/xml"})

    def send(self, xml: str) -> httpx.Response:
        """A message in safe mode, as it should be."""
        cipher = self.sealed(xml)
        return self.post(self.envelope(cipher), self.query(cipher=cipher))

    def reply(self, answer: httpx.Response) -> dict[str, str]:
        """The fields of an encrypted reply, its signature checked."""
        assert answer.status_code == 200, answer.text
        outer = fields(answer.text)
        assert outer["MsgSignature"] == sha1(self.token, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
        return fields(self.opened(outer["Encrypt"]))


def fields(xml: str) -> dict[str, str]:
    return {each.tag: each.text or "" for each in ElementTree.fromstring(xml)}  # noqa: S314 - our own answer


@pytest.fixture(scope="module")
def wechat(stack: dict[str, Any]) -> WeChat:
    return WeChat(stack)


@pytest.fixture
def openid() -> str:
    """Somebody nobody has heard of."""
    return f"oHook{secrets.token_hex(11)}x"[:28]


@pytest.fixture
def traces(stack: dict[str, Any], openid: str) -> Callable[[], list[str]]:
    """In which tables something of this person stands."""
    tables, account_id = aws(stack, "dynamodb"), account_id_of(stack["wechat"]["appid"], openid)

    def look() -> list[str]:
        found = []
        for name in ("Accounts", "Conversations"):
            key = {"account_id": {"S": account_id}}
            if "Item" in tables.get_item(TableName=stack["outputs"][f"{name}Table"], Key=key, ConsistentRead=True):
                found.append(name)
        commands = tables.scan(
            TableName=stack["outputs"]["CommandsTable"],
            FilterExpression="contains(#key, :openid)",
            ExpressionAttributeNames={"#key": "key"},
            ExpressionAttributeValues={":openid": {"S": openid}},
        )
        return [*found, *(["Commands"] if commands["Count"] else [])]

    return look


# -- what WeChat would send -------------------------------------------------------------------------------------------


def test_the_handshake_is_echoed_as_it_came(wechat: WeChat) -> None:
    with http(wechat.stack) as client:
        answer = client.get("/wechat", params={**wechat.query(), "echostr": "5837 & <écho> 到家"})
    assert (answer.status_code, answer.text) == (200, "5837 & <écho> 到家")


@pytest.mark.feature("C19")
def test_an_encrypted_message_gets_an_encrypted_reply(
    wechat: WeChat, openid: str, traces: Callable[[], list[str]]
) -> None:
    reply = wechat.reply(wechat.send(wechat.text(openid, "帮助")))
    assert reply["ToUserName"] == openid
    assert reply["FromUserName"] == wechat.stack["wechat"]["original_id"]
    assert reply["MsgType"] == "text"
    assert abs(int(reply["CreateTime"]) - time.time()) < 60
    assert "您可以这样说" in reply["Content"]
    assert traces() == ["Accounts", "Conversations", "Commands"], "or the other tests would prove nothing"


def test_the_same_message_again_gets_the_same_words(wechat: WeChat, openid: str) -> None:
    xml = wechat.text(openid, "明天下午三点约个日常保洁")
    first, again = (wechat.reply(wechat.send(xml))["Content"] for _ in range(2))
    assert first == again


def test_words_cannot_break_out_of_the_reply(wechat: WeChat, openid: str) -> None:
    wechat.send(wechat.text(openid, "约日常保洁 12月20日下午3点"))
    nasty = "]]]]><![CDATA[></Content><MsgType>news</MsgType>"
    reply = wechat.reply(wechat.send(wechat.text(openid, f"备注：{nasty}")))
    assert reply["MsgType"] == "text"


def test_a_mere_report_is_answered_without_words(wechat: WeChat, openid: str) -> None:
    event = (
        f"<xml><ToUserName>{wechat.stack['wechat']['original_id']}</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event>"
        "<MsgID>200163836</MsgID><Status>success</Status></xml>"
    )
    answer = wechat.send(event)
    assert (answer.status_code, answer.text) == (200, "success")


# -- what it would not ------------------------------------------------------------------------------------------------


def test_a_forged_handshake_is_refused(wechat: WeChat) -> None:
    with http(wechat.stack) as client:
        for query in (wechat.query(token="guessed"), {}, {"signature": "0" * 40, "timestamp": "x", "nonce": "1"}):
            refused(client.get("/wechat", params={**query, "echostr": "1"}), 401, "SIGNATURE_INVALID")
        stale = wechat.query(stamp=int(time.time()) - 3600)
        refused(client.get("/wechat", params={**stale, "echostr": "1"}), 401, "MESSAGE_STALE")


def test_a_wrong_signature_is_refused(wechat: WeChat, openid: str, traces: Callable[[], list[str]]) -> None:
    cipher = wechat.sealed(wechat.text(openid, "帮助"))
    right = wechat.query(cipher=cipher)
    guessed = wechat.query(cipher=cipher, token="guessed")
    for query in (
        guessed,
        {**right, "msg_signature": guessed["msg_signature"]},
        {**right, "signature": guessed["signature"]},
        {**right, "nonce": "1"},
        {**right, "msg_signature": ""},
        {name: value for name, value in right.items() if name != "msg_signature"},
    ):
        refused(wechat.post(wechat.envelope(cipher), query), 401, "SIGNATURE_INVALID")
    other = wechat.sealed(wechat.text(openid, "取消"))
    refused(wechat.post(wechat.envelope(other), right), 401, "SIGNATURE_INVALID")
    assert traces() == []


@pytest.mark.parametrize("seconds", [-3600, 3600, -700])
def test_a_stale_timestamp_is_refused(
    wechat: WeChat, openid: str, traces: Callable[[], list[str]], seconds: int
) -> None:
    cipher = wechat.sealed(wechat.text(openid, "帮助"))
    query = wechat.query(cipher=cipher, stamp=int(time.time()) + seconds)
    refused(wechat.post(wechat.envelope(cipher), query), 401, "MESSAGE_STALE")
    assert traces() == []


def test_a_message_for_another_account_is_refused(wechat: WeChat, openid: str, traces: Callable[[], list[str]]) -> None:
    foreign = wechat.sealed(wechat.text(openid, "帮助"), appid="wx0000000000000000")
    refused(wechat.post(wechat.envelope(foreign), wechat.query(cipher=foreign)), 403, "WRONG_RECIPIENT")
    inner = wechat.sealed(wechat.text(openid, "帮助", recipient="gh_000000000000"))
    refused(wechat.post(wechat.envelope(inner), wechat.query(cipher=inner)), 403, "WRONG_RECIPIENT")
    outer = wechat.sealed(wechat.text(openid, "帮助"))
    answer = wechat.post(wechat.envelope(outer, recipient="gh_000000000000"), wechat.query(cipher=outer))
    refused(answer, 403, "WRONG_RECIPIENT")
    assert traces() == []


def test_what_was_sealed_with_another_key_is_refused(
    wechat: WeChat, openid: str, traces: Callable[[], list[str]]
) -> None:
    for cipher in (
        wechat.sealed(wechat.text(openid, "帮助"), key=os.urandom(32)),
        "AAAA",
        "not base64!",
        base64.b64encode(os.urandom(64)).decode(),
    ):
        answer = wechat.post(wechat.envelope(cipher), wechat.query(cipher=cipher))
        assert answer.status_code in (400, 403), answer.text
        assert answer.json()["error"]["code"] in ("MESSAGE_UNREADABLE", "WRONG_RECIPIENT")
    assert traces() == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda xml: xml[: len(xml) // 2],
        lambda xml: "",
        lambda xml: "[]",
        lambda xml: xml.replace("<xml>", "<lmx>").replace("</xml>", "</lmx>"),
        lambda xml: xml.replace("MsgType", "Type"),
        lambda xml: xml.replace("FromUserName", "From"),
        lambda xml: xml.replace("<MsgId>", "<MsgId>x"),
        lambda xml: xml.replace("<xml>", "<xml><MsgId>1</MsgId>"),
        lambda xml: '<!DOCTYPE xml [<!ENTITY a "b">]>' + xml.replace("帮助", "&a;"),
        lambda xml: '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]>' + xml.replace("<![CDATA[帮助]]>", "&y;"),
    ],
    ids=["cut", "empty", "json", "root", "no type", "no sender", "no number", "two ids", "entity", "bomb"],
)
def test_broken_xml_is_refused(
    wechat: WeChat, openid: str, traces: Callable[[], list[str]], spoil: Callable[[str], str]
) -> None:
    refused(wechat.send(spoil(wechat.text(openid, "帮助"))), 400, "MESSAGE_UNREADABLE")
    assert traces() == []


@pytest.mark.parametrize("body", [b"", b"<xml>", b"\xff\xfe\x00", b"<xml><ToUserName>gh</ToUserName></xml>", b"{}"])
def test_a_broken_envelope_is_refused(wechat: WeChat, body: bytes) -> None:
    refused(wechat.post(body, wechat.query(cipher="")), 400, "MESSAGE_UNREADABLE")


def test_a_body_that_is_too_large_is_refused(wechat: WeChat, openid: str, traces: Callable[[], list[str]]) -> None:
    refused(wechat.send(wechat.text(openid, "帮" * 70_000)), 413, "BODY_TOO_LARGE")
    assert traces() == []


def test_a_plain_message_to_an_account_in_safe_mode_is_refused(
    wechat: WeChat, openid: str, traces: Callable[[], list[str]]
) -> None:
    refused(wechat.post(wechat.text(openid, "帮助"), wechat.query()), 403, "ENCRYPTION_REQUIRED")
    assert traces() == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_do_not_exist(stack: dict[str, Any], method: str) -> None:
    with http(stack) as client:
        assert client.request(method, "/wechat").status_code in (404, 405)
