"""The official account's server address, from the request to the answer."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto

from daojia.chat.store import ConversationItem
from daojia.kernel.times import now as clock
from daojia.platform.commands import CommandItem
from functions.wechat.app import handler
from tests.store.builders import a_town
from tests.store.chat.conftest import CHANNELS, Calls, Chatter, person

ACCOUNT: dict[str, str] = CHANNELS["wechat"]
CRYPTO = WeChatCrypto(ACCOUNT["token"], ACCOUNT["encoding_aes_key"], ACCOUNT["appid"])


class _Context:
    function_name = "wechat"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:wechat"
    aws_request_id = "r"


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted((ACCOUNT["token"], *parts))).encode()).hexdigest()  # noqa: S324


def xml(text: str, message_id: int = 1) -> str:
    return (
        f"<xml><ToUserName><![CDATA[{ACCOUNT['original_id']}]]></ToUserName><FromUserName><![CDATA[o_li]]></FromUserName>"
        f"<CreateTime>1790000000</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{text}]]></Content><MsgId>{message_id}</MsgId></xml>"
    )


def request(method: str, query: dict[str, str], body: str = "", *, encoded: bool = False) -> dict[str, Any]:
    if encoded:
        body = base64.b64encode(body.encode()).decode()
    return handler(
        {
            "version": "2.0",
            "rawPath": "/wechat",
            "queryStringParameters": query,
            "requestContext": {"requestId": "r", "http": {"method": method, "path": "/wechat"}},
            "body": body,
            "isBase64Encoded": encoded,
        },
        _Context(),
    )


def sealed(inner: str) -> tuple[dict[str, str], str]:
    stamp = str(int(clock().timestamp()))
    fields = xmltodict.parse(CRYPTO.encrypt_message(inner, "n", stamp))["xml"]
    query = {
        "signature": signature(stamp, "n"),
        "timestamp": stamp,
        "nonce": "n",
        "openid": "o_li",
        "encrypt_type": "aes",
        "msg_signature": fields["MsgSignature"],
    }
    return query, f"<xml><ToUserName>{ACCOUNT['original_id']}</ToUserName><Encrypt>{fields['Encrypt']}</Encrypt></xml>"


def opened(answer: dict[str, Any]) -> str:
    assert answer["statusCode"] == 200, answer
    outer = xmltodict.parse(answer["body"])["xml"]
    inner = CRYPTO.decrypt_message(answer["body"], outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
    return str(xmltodict.parse(inner)["xml"]["Content"])


def code_of(answer: dict[str, Any]) -> str:
    assert 400 <= answer["statusCode"] < 500, answer
    assert answer["headers"]["content-type"].startswith("application/json")
    error = json.loads(answer["body"])["error"]
    assert error["message"]
    return str(error["code"])


@pytest.mark.usefixtures("chat")
def test_the_handshake_is_answered_with_echostr() -> None:
    stamp = str(int(clock().timestamp()))
    query = {"signature": signature(stamp, "n"), "timestamp": stamp, "nonce": "n", "echostr": "5837"}
    answer = request("GET", query)
    assert (answer["statusCode"], answer["body"]) == (200, "5837")
    assert code_of(request("GET", query | {"signature": "0" * 40})) == "SIGNATURE_INVALID"


@pytest.mark.feature("C19")
@pytest.mark.usefixtures("chat")
@pytest.mark.parametrize("encoded", [False, True])
def test_an_encrypted_message_is_answered_encrypted_and_a_retry_gets_the_same(encoded: bool) -> None:
    a_town()
    query, body = sealed(xml("明天下午三点约个日常保洁"))
    first = opened(request("POST", query, body, encoded=encoded))
    query, body = sealed(xml("明天下午三点约个日常保洁"))
    assert opened(request("POST", query, body, encoded=encoded)) == first
    assert ConversationItem.get(person("o_li")).version == 1


def test_what_breaks_the_rules_is_a_4xx_and_neither_reads_nor_writes(
    traffic: Calls, chat: Callable[[str], Chatter]
) -> None:
    query, body = sealed(xml("你好"))
    stale = str(int(clock().timestamp()) - 3600)
    requests = {
        "SIGNATURE_INVALID": (query | {"msg_signature": "0" * 40}, body),
        "MESSAGE_STALE": (query | {"timestamp": stale, "signature": signature(stale, "n")}, body),
        "ENCRYPTION_REQUIRED": ({key: query[key] for key in ("signature", "timestamp", "nonce")}, xml("你好")),
        "MESSAGE_UNREADABLE": (query, "<xml><ToUserName>"),
        "BODY_TOO_LARGE": (query, "x" * 70_000),
        "WRONG_RECIPIENT": (query, body.replace(ACCOUNT["original_id"], "gh_other")),
    }
    for code, (with_query, with_body) in requests.items():
        assert code_of(request("POST", with_query, with_body)) == code
    assert code_of(request("POST", {}, body)) == "SIGNATURE_INVALID"
    assert traffic.names == []


@pytest.mark.usefixtures("chat")
def test_another_message_under_a_known_id_is_refused() -> None:
    a_town()
    request("POST", *sealed(xml("你好")))
    assert code_of(request("POST", *sealed(xml("取消")))) == "IDEMPOTENCY_KEY_REUSED"
    assert len(list(CommandItem.scan())) == 1


@pytest.mark.usefixtures("chat")
def test_when_everything_fails_wechat_still_gets_an_apology(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_arguments: Any) -> None:
        raise ConnectionError("no tables")

    monkeypatch.setattr("daojia.chat.turn.snapshot", down)
    assert "抱歉" in opened(request("POST", *sealed(xml("你好"))))
