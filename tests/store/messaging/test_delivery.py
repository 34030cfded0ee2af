"""One message to one person, once, and only while it is true."""

from typing import Any

import pytest

from daojia.accounts import store as accounts
from daojia.accounts.model import Account
from daojia.dispatch import grabbing, pages
from daojia.kernel.errors import UnavailableError
from daojia.kernel.ids import AccountId
from daojia.kernel.secrets import provide
from daojia.kernel.transaction import committed
from daojia.messaging.delivery import Outcome, SentItem, deliver
from daojia.messaging.model import Kind, Message
from daojia.messaging.rules import messages_for
from daojia.messaging.wechat_client import WeChatRefusedError
from daojia.ordering.model import Order
from daojia.ordering.store import OrderItem
from daojia.platform.links import read_link
from tests.store.builders import a_provider, a_town, offered, paid, placed, recorded
from tests.unit.ordering.builders import CUSTOMER, NOW

pytestmark = pytest.mark.usefixtures("tables")


class FakeWeChat:
    """Takes messages; refuses those in `refuses`, and is away when `away`."""

    def __init__(self) -> None:
        self.cards: list[dict[str, Any]] = []
        self.texts: list[tuple[str, str]] = []
        self.refuses: set[str] = set()
        self.away = False

    def _look(self, way: str) -> None:
        if self.away:
            raise UnavailableError
        if way in self.refuses:
            raise WeChatRefusedError(45015, "response out of time limit")

    def send_template(
        self, openid: str, template_id: str, data: dict[str, object], *, url: str | None = None, client_msg_id: str
    ) -> None:
        self._look("card")
        self.cards.append({"to": openid, "template": template_id, "data": data, "url": url, "once": client_msg_id})

    def send_text(self, openid: str, text: str) -> None:
        self._look("text")
        self.texts.append((openid, text))


@pytest.fixture
def wechat(monkeypatch: pytest.MonkeyPatch) -> FakeWeChat:
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://daojia.example")
    provide("CHANNELS_SECRET_ARN", '{"wechat": {}}')
    for name in (CUSTOMER, "a_a", "a_b"):
        account = Account(account_id=AccountId(name), openid=f"open-{name}", created_at=NOW)
        committed(lambda tx, account=account: accounts.create(tx, account))
    a_town(a_provider("a_a"), a_provider("a_b"))
    return FakeWeChat()


@pytest.fixture
def order(wechat: FakeWeChat) -> Order:
    return offered(paid(placed()), "a_a", "a_b")


def offer_to(order: Order, recipient: str) -> Message:
    return Message(
        message_id=f"{order.order_id}#3#{recipient}#offer",
        kind=Kind.OFFER,
        recipient=AccountId(recipient),
        order_id=order.order_id,
    )


@pytest.mark.feature("P2")
def test_an_offer_is_a_card_that_leads_to_a_grab_link_of_this_provider(wechat: FakeWeChat, order: Order) -> None:
    assert deliver(offer_to(order, "a_a"), wechat, NOW) is Outcome.SENT
    (card,) = wechat.cards
    assert card["to"] == "open-a_a"
    assert order.place.detail not in str(card)
    token = card["url"].removeprefix("https://daojia.example/grab/")
    assert read_link("grab", token, NOW) == {"order_id": order.order_id, "provider_id": "a_a"}


def test_the_same_message_is_sent_once(wechat: FakeWeChat, order: Order) -> None:
    assert deliver(offer_to(order, "a_a"), wechat, NOW) is Outcome.SENT
    assert deliver(offer_to(order, "a_a"), wechat, NOW) is Outcome.SENT_BEFORE
    assert deliver(offer_to(order, "a_b"), wechat, NOW) is Outcome.SENT
    assert [card["to"] for card in wechat.cards] == ["open-a_a", "open-a_b"]


@pytest.mark.feature("B12")
def test_what_is_no_longer_true_is_not_sent(wechat: FakeWeChat, order: Order) -> None:
    recorded(order.decline(AccountId("a_a"), NOW))
    assert deliver(offer_to(order, "a_a"), wechat, NOW) is Outcome.NO_LONGER_TRUE
    assert wechat.cards == wechat.texts == []


def test_while_wechat_is_away_the_message_stays_unsent_and_unremembered(wechat: FakeWeChat, order: Order) -> None:
    wechat.away = True
    with pytest.raises(UnavailableError):
        deliver(offer_to(order, "a_a"), wechat, NOW)
    assert not list(SentItem.scan())
    wechat.away = False
    assert deliver(offer_to(order, "a_a"), wechat, NOW) is Outcome.SENT


def test_when_one_way_is_refused_the_other_is_taken(wechat: FakeWeChat, order: Order) -> None:
    wechat.refuses = {"card"}
    assert deliver(offer_to(order, "a_a"), wechat, NOW) is Outcome.SENT
    ((openid, text),) = wechat.texts
    assert openid == "open-a_a"
    assert f"抢 {order.number}" in text
    wechat.refuses = {"card", "text"}
    assert deliver(offer_to(order, "a_b"), wechat, NOW) is Outcome.UNDELIVERABLE


def test_who_cannot_be_reached_is_not_reached(wechat: FakeWeChat, order: Order) -> None:
    unfollowed = accounts.get("a_a").model_copy(update={"followed": False})
    committed(lambda tx: accounts.save(tx, 1, unfollowed))
    assert deliver(offer_to(order, "a_a"), wechat, NOW) is Outcome.UNDELIVERABLE


@pytest.mark.feature("B13")
def test_the_code_goes_to_the_customer_and_the_address_to_the_provider_who_comes(
    wechat: FakeWeChat, order: Order
) -> None:
    taken = committed(lambda tx: grabbing.grab(AccountId("a_a"), number=order.number, tx=tx, now=NOW))
    taken = taken.model_copy(update={"arrival_code": "0719"})
    OrderItem.of(taken, NOW).save()
    for message in messages_for(pages.page(order.order_id).timeline[-1], taken):
        deliver(message, wechat, NOW)
    by_openid = dict(wechat.texts)
    assert "0719" in by_openid[f"open-{CUSTOMER}"]
    assert order.place.detail not in by_openid[f"open-{CUSTOMER}"]
    assert order.place.detail in by_openid["open-a_a"]
    assert order.place.phone not in by_openid["open-a_a"]
    assert "0719" not in by_openid["open-a_a"]
    assert [card["to"] for card in wechat.cards] == ["open-a_b"]
