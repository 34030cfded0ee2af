"""WeChat's wire format: what is opened, what is refused, how answers are sealed."""

import hashlib
from datetime import datetime, timedelta

import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto

from daojia.chat import wire
from daojia.chat.message import Kind, Reply
from daojia.chat.wire import Settings
from daojia.kernel.errors import BodyTooLargeError, DaojiaError
from daojia.kernel.times import SHANGHAI

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
SETTINGS = Settings(
    appid="wx0123456789abcdef",
    token="a-token",
    encoding_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    original_id="gh_daojia",
)
PLAIN = SETTINGS.model_copy(update={"mode": "plain"})


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(("a-token", *parts))).encode()).hexdigest()  # noqa: S324


def plain_query(now: datetime = NOW) -> dict[str, str]:
    stamp = str(int(now.timestamp()))
    return {"timestamp": stamp, "nonce": "n1", "signature": signature(stamp, "n1")}


HELLO = "<Content><![CDATA[你好]]></Content><MsgId>71</MsgId>"


def xml(kind: str = "text", fields: str = HELLO, to: str = "gh_daojia") -> str:
    return (
        f"<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[o_li]]></FromUserName>"
        f"<CreateTime>1790000000</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{fields}</xml>"
    )


def encrypted(inner: str, settings: Settings = SETTINGS, now: datetime = NOW) -> tuple[dict[str, str], bytes]:
    stamp = str(int(now.timestamp()))
    sealed = WeChatCrypto(settings.token, settings.encoding_aes_key, settings.appid).encrypt_message(inner, "n1", stamp)
    fields = xmltodict.parse(sealed)["xml"]
    body = f"<xml><ToUserName>gh_daojia</ToUserName><Encrypt><![CDATA[{fields['Encrypt']}]]></Encrypt></xml>"
    query = {
        "timestamp": stamp,
        "nonce": "n1",
        "signature": signature(stamp, "n1"),
        "encrypt_type": "aes",
        "msg_signature": fields["MsgSignature"],
    }
    return query, body.encode()


def refused(query: dict[str, str], body: bytes, settings: Settings = PLAIN) -> DaojiaError:
    with pytest.raises(DaojiaError) as caught:
        wire.open_envelope(query, body, settings, NOW)
    assert 400 <= caught.value.http_status < 500
    return caught.value


def test_the_handshake_answers_echostr_as_it_came() -> None:
    assert wire.handshake(plain_query() | {"echostr": "12<3>"}, SETTINGS, NOW) == "12<3>"


@pytest.mark.parametrize("change", [{"signature": "0" * 40}, {"timestamp": "x"}, {"echostr": ""}, {"nonce": "n2"}])
def test_a_handshake_that_is_not_wechats_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(DaojiaError):
        wire.handshake(plain_query() | {"echostr": "1"} | change, SETTINGS, NOW)


@pytest.mark.feature("C19")
def test_an_encrypted_message_is_opened_and_its_answer_sealed() -> None:
    query, body = encrypted(xml())
    envelope = wire.open_envelope(query, body, SETTINGS, NOW)
    assert (envelope.message.text, envelope.message.message_id, envelope.openid) == ("你好", "71", "o_li")
    sealed = wire.seal_reply(Reply(text="您好 ]]> <a>"), envelope, query, SETTINGS, NOW)
    outer = xmltodict.parse(sealed)["xml"]
    assert outer["MsgSignature"] == signature(outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    crypto = WeChatCrypto(SETTINGS.token, SETTINGS.encoding_aes_key, SETTINGS.appid)
    inner = xmltodict.parse(crypto.decrypt_message(sealed, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"]))
    assert inner["xml"]["Content"] == "您好 ]]> <a>"
    assert inner["xml"]["ToUserName"] == "o_li"


def test_a_plain_message_is_opened_where_the_account_is_set_to_plain() -> None:
    envelope = wire.open_envelope(plain_query(), xml().encode(), PLAIN, NOW)
    assert envelope.message.kind is Kind.TEXT
    answer = wire.seal_reply(Reply(text="好"), envelope, plain_query(), PLAIN, NOW)
    assert xmltodict.parse(answer)["xml"]["Content"] == "好"


def test_each_mode_refuses_the_other_and_both_takes_either() -> None:
    query, body = encrypted(xml())
    assert refused(plain_query(), xml().encode(), SETTINGS).code == "ENCRYPTION_REQUIRED"
    assert refused(query, body, PLAIN).code == "ENCRYPTION_REQUIRED"
    either = SETTINGS.model_copy(update={"mode": "both"})
    assert wire.open_envelope(query, body, either, NOW).encrypted
    assert not wire.open_envelope(plain_query(), xml().encode(), either, NOW).encrypted


def test_words_from_a_person_cannot_break_out_of_the_reply() -> None:
    envelope = wire.open_envelope(plain_query(), xml().encode(), PLAIN, NOW)
    evil = "a]]></Content><MsgType>event</MsgType><Content><![CDATA[b\x00\ufffe"
    answer = xmltodict.parse(wire.seal_reply(Reply(text=evil), envelope, plain_query(), PLAIN, NOW))["xml"]
    assert answer["Content"] == evil.replace("\x00", "").replace("\ufffe", "")
    assert answer["MsgType"] == "text"


def test_a_wrong_signature_is_refused() -> None:
    assert refused(plain_query() | {"signature": "f" * 40}, xml().encode()).code == "SIGNATURE_INVALID"
    assert refused({"timestamp": plain_query()["timestamp"]}, xml().encode()).code == "SIGNATURE_INVALID"
    query, body = encrypted(xml())
    assert refused(query | {"msg_signature": "0" * 40}, body, SETTINGS).code == "SIGNATURE_INVALID"
    assert refused(query | {"signature": "0" * 40}, body, SETTINGS).code == "SIGNATURE_INVALID"


@pytest.mark.parametrize("off", [timedelta(minutes=-11), timedelta(minutes=11), timedelta(days=-400)])
def test_a_stale_timestamp_is_refused(off: timedelta) -> None:
    assert refused(plain_query(NOW + off), xml().encode()).code == "MESSAGE_STALE"


def test_a_retry_some_seconds_later_is_taken() -> None:
    assert wire.open_envelope(plain_query(NOW - timedelta(seconds=15)), xml().encode(), PLAIN, NOW)


def test_a_body_too_large_is_refused_before_anything_else() -> None:
    with pytest.raises(BodyTooLargeError):
        wire.open_envelope({}, b"x" * (wire.BODY_MAX + 1), PLAIN, NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<xml><ToUserName>gh_daojia</ToUserName>",
        b"<other/>",
        b"\xff\xfe<xml/>",
        b"<xml/>",
        xml(kind="").encode(),
        xml(fields="<Content>a</Content>").encode(),
        xml(fields="<Content>a</Content><MsgId>x</MsgId>").encode(),
        xml(fields="<Content><b>a</b></Content><MsgId>1</MsgId>").encode(),
        xml(fields="<Content>a</Content><MsgId>1</MsgId><MsgId>2</MsgId>").encode(),
        xml(kind="location", fields="<Location_X>abc</Location_X><Location_Y>1</Location_Y><MsgId>1</MsgId>").encode(),
        xml(kind="location", fields="<Location_X>nan</Location_X><Location_Y>1</Location_Y><MsgId>1</MsgId>").encode(),
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + xml(fields="<Content>&a;</Content><MsgId>1</MsgId>").encode(),
    ],
)
def test_broken_xml_is_refused(body: bytes) -> None:
    assert refused(plain_query(), body).http_status in (400, 403)


def test_a_message_to_another_account_is_refused() -> None:
    assert refused(plain_query(), xml(to="gh_other").encode()).code == "WRONG_RECIPIENT"
    query, body = encrypted(xml(), SETTINGS.model_copy(update={"appid": "wx_of_somebody"}))
    assert refused(query, body, SETTINGS).code == "WRONG_RECIPIENT"
    query, body = encrypted(xml(to="gh_other"))
    assert refused(query, body, SETTINGS).code == "WRONG_RECIPIENT"


@pytest.mark.parametrize("cipher", ["", "AAAA", "!!!!", "A" * 64, "A" * 43 + "="])
def test_a_rightly_signed_cipher_that_does_not_decrypt_is_refused(cipher: str) -> None:
    stamp = str(int(NOW.timestamp()))
    query = {"timestamp": stamp, "nonce": "n1", "encrypt_type": "aes", "msg_signature": signature(stamp, "n1", cipher)}
    body = f"<xml><ToUserName>gh_daojia</ToUserName><Encrypt>{cipher}</Encrypt></xml>".encode()
    assert refused(query, body, SETTINGS).code in ("MESSAGE_UNREADABLE", "WRONG_RECIPIENT")


@pytest.mark.parametrize(
    ("kind", "fields", "expected", "text"),
    [
        ("voice", "<Recognition>明天下午三点约保洁。</Recognition><MsgId>1</MsgId>", Kind.TEXT, "明天下午三点约保洁"),
        ("voice", "<MediaId>m</MediaId><MsgId>1</MsgId>", Kind.MUTE_VOICE, ""),
        ("image", "<PicUrl>http://x</PicUrl><MsgId>1</MsgId>", Kind.IMAGE, ""),
        ("link", "<Title>t</Title><MsgId>1</MsgId>", Kind.OTHER, ""),
        ("event", "<Event>subscribe</Event><EventKey></EventKey>", Kind.FOLLOW, ""),
        ("event", "<Event>subscribe</Event><EventKey>qrscene_7</EventKey><Ticket>t</Ticket>", Kind.FOLLOW, ""),
        ("event", "<Event>unsubscribe</Event>", Kind.UNFOLLOW, ""),
        ("event", "<Event>CLICK</Event><EventKey>ORDERS</EventKey>", Kind.TEXT, "我的订单"),
        ("event", "<Event>CLICK</Event><EventKey>抢单</EventKey>", Kind.TEXT, "抢单"),
        ("event", "<Event>SCAN</Event><EventKey>7</EventKey><Ticket>t</Ticket>", Kind.TEXT, "菜单"),
        ("event", "<Event>LOCATION</Event><Latitude>30</Latitude><Longitude>114</Longitude>", Kind.SILENT, ""),
        ("event", "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>200</MsgID><Status>success</Status>", Kind.SILENT, ""),
        ("event", "<Event>subscribe_msg_popup_event</Event>", Kind.SILENT, ""),
    ],
)
def test_what_people_send_is_recognised(kind: str, fields: str, expected: Kind, text: str) -> None:
    message = wire.open_envelope(plain_query(), xml(kind, fields).encode(), PLAIN, NOW).message
    assert (message.kind, message.text) == (expected, text)


def test_a_location_has_its_point_and_label() -> None:
    fields = "<Location_X>30.5</Location_X><Location_Y>114.3</Location_Y><Label>珞喻路</Label><MsgId>1</MsgId>"
    message = wire.open_envelope(plain_query(), xml("location", fields).encode(), PLAIN, NOW).message
    assert message.point is not None
    assert (message.point.lat, message.point.lng, message.text) == (30.5, 114.3, "珞喻路")


def test_messages_are_known_by_sender_and_id_and_events_by_time_event_and_key() -> None:
    text = wire.open_envelope(plain_query(), xml().encode(), PLAIN, NOW).message
    assert text.key == "chat#o_li#71"
    click = xml("event", "<Event>CLICK</Event><EventKey>HELP</EventKey>")
    event = wire.open_envelope(plain_query(), click.encode(), PLAIN, NOW).message
    assert event.key == "chat#o_li#1790000000#CLICK#HELP"


def test_nothing_to_say_is_success() -> None:
    envelope = wire.open_envelope(plain_query(), xml().encode(), PLAIN, NOW)
    assert wire.seal_reply(Reply(), envelope, plain_query(), PLAIN, NOW) == "success"
