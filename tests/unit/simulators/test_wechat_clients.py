"""The platform's own client and the public library against the simulator: what they believe of WeChat holds there."""

from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from wechatpy import WeChatClient as PublicClient
from wechatpy.exceptions import WeChatClientException

from daojia.chat import wire
from daojia.chat.message import Kind, Reply
from daojia.kernel.errors import UnavailableError
from daojia.kernel.times import SHANGHAI
from daojia.messaging.wechat_client import WeChatClient, WeChatRefusedError
from infra.local.simulators.wechat_config import Account
from infra.local.simulators.wechat_wire import MODES, Manner, posted, read_reply
from tests.unit.simulators.wechat_stage import APPID, LI, ORDER_CARD, SECRET, Stage, configuration


class Ticking:
    """The client's own clock, moved together with WeChat's."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def later(self, seconds: float) -> None:
        self.seconds += seconds
        self._stage.later(seconds)


@pytest.fixture
def clock(wechat: Stage) -> Ticking:
    return Ticking(wechat)


@pytest.fixture
def client(wechat: Stage, clock: Ticking) -> WeChatClient:
    return WeChatClient(APPID, SECRET, base_url=wechat.base, clock=clock)


def _send(client: WeChatClient, key: str = "k1") -> None:
    client.send_template(LI, "tmpl_order", ORDER_CARD, url="https://daojia.example/o", client_msg_id=key)


def _token_calls(stage: Stage) -> int:
    return len([each for each in stage.journal("request") if each["data"]["path"] == "/cgi-bin/stable_token"])


def test_our_client_sends_cards_and_texts_with_one_token(client: WeChatClient, wechat: Stage) -> None:
    wechat.say("你好")
    _send(client)
    _send(client)
    client.send_text(LI, "师傅已出发")
    shown = [each for each in wechat.chat() if each["direction"] == "in"]
    assert [each["kind"] for each in shown] == ["template", "text"], "the same card twice is shown once"
    assert shown[1]["content"] == "师傅已出发"
    assert _token_calls(wechat) == 1


def test_our_client_renews_its_token_in_time(client: WeChatClient, wechat: Stage, clock: Ticking) -> None:
    for number in range(5):
        _send(client, f"k{number}")
        clock.later(3500)
    assert {
        each["data"]["answer"]["errcode"] for each in wechat.journal("request") if "template" in each["data"]["path"]
    } == {0}
    assert _token_calls(wechat) == 3


@pytest.mark.parametrize("end", ["expire", "revoke"])
def test_our_client_replaces_a_token_that_is_refused(client: WeChatClient, wechat: Stage, end: str) -> None:
    _send(client)
    wechat.control("POST", f"/_tokens/{end}", {})
    _send(client, "k2")
    assert len(wechat.chat()) == 2


def test_our_client_tells_refusals_from_troubles(client: WeChatClient, wechat: Stage) -> None:
    with pytest.raises(WeChatRefusedError) as refused:
        client.send_text(LI, "您好")
    assert refused.value.errcode == 45015
    with pytest.raises(WeChatRefusedError) as refused:
        client.send_template(LI, "tmpl_order", {}, client_msg_id="k")
    assert refused.value.errcode == 47003
    wechat.faults({"match": "/template/send", "fault": "error"}, {"match": "/template/send", "fault": "lost"})
    for _ in range(2):
        with pytest.raises(UnavailableError):
            _send(client, "same")
    _send(client, "same")
    assert len(wechat.chat()) == 1, "the lost answer's card is not shown again"
    with pytest.raises(WeChatRefusedError) as refused:
        _send(WeChatClient(APPID, "wrong", base_url=wechat.base))
    assert refused.value.errcode == 40125


class LocalClient(PublicClient):
    """The public library, pointed here."""

    def __init__(self, base: str) -> None:
        self.API_BASE_URL = f"{base}/cgi-bin/"
        self._base = base
        super().__init__(APPID, SECRET, timeout=5, auto_retry=False)

    def _request(self, method: str, url_or_endpoint: str, **kwargs: object) -> object:
        return super()._request(method, url_or_endpoint.replace("https://api.weixin.qq.com", self._base), **kwargs)

    def fetch_access_token(self) -> object:
        params = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        return self._fetch_access_token(f"{self._base}/cgi-bin/token", params)


@pytest.fixture
def library(wechat: Stage) -> LocalClient:
    return LocalClient(wechat.base)


def test_the_public_library_speaks_with_it(library: LocalClient, wechat: Stage) -> None:
    assert library.user.get(LI)["subscribe"] == 1
    sent = library.message.send_template(LI, "tmpl_order", ORDER_CARD, url="https://daojia.example/o")
    assert sent["errcode"] == 0
    with pytest.raises(WeChatClientException) as refused:
        library.message.send_text(LI, "您好")
    assert refused.value.errcode == 45015
    wechat.say("你好")
    library.message.send_text(LI, "您好，师傅马上到")
    assert wechat.chat()[-1]["content"] == "您好，师傅马上到"


@pytest.mark.parametrize("mode", MODES)
def test_the_platforms_own_wire_reads_its_messages_and_answers_as_it_must(mode: str) -> None:
    account = Account.parse(configuration("http://127.0.0.1/wechat"))
    names = ("appid", "token", "encoding_aes_key", "original_id")
    settings = wire.Settings(**{name: configuration("")[name] for name in names}, mode="both")
    fields = {"CreateTime": 1764000000, "MsgType": "text", "Content": "约保洁 ]]> <b>", "MsgId": 1}
    request, now = posted(account, LI, fields, Manner(mode)), datetime.now(SHANGHAI)
    query = dict(parse_qsl(urlsplit(request.url).query))
    envelope = wire.open_envelope(query, request.body, settings, now)
    assert (envelope.message.kind, envelope.message.text) == (Kind.TEXT, "约保洁 ]]> <b>")
    sealed = wire.seal_reply(Reply(text="好的 ]]> & <a>"), envelope, query, settings, now)
    assert read_reply(account, LI, sealed.encode(), mode) == {"kind": "text", "content": "好的 ]]> & <a>"}
    silent = wire.seal_reply(Reply(text=""), envelope, query, settings, now)
    assert read_reply(account, LI, silent.encode(), mode) is None
