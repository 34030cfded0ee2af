"""The verbs of an order, their guards, and what the order waits for."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daojia.kernel.errors import DaojiaError
from daojia.ordering.errors import (
    AlreadyTakenError,
    CancellationRefusedError,
    NotYourOrderError,
    PaymentMismatchError,
    TooManyCodesError,
    WrongArrivalCodeError,
    WrongStateError,
)
from daojia.ordering.model import (
    SYSTEM,
    TRANSITIONS,
    Actor,
    Order,
    RefundState,
    Role,
    Snapshot,
    State,
    WaitKind,
)
from tests.unit.ordering.builders import (
    CUSTOMER,
    NOW,
    PROVIDER,
    RIVAL,
    accepted,
    an_order,
    completed,
    in_service,
    paid,
)

BY_CUSTOMER = Actor(role=Role.CUSTOMER, id=CUSTOMER)
BY_PROVIDER = Actor(role=Role.PROVIDER, id=PROVIDER)


def test_every_state_is_reachable_and_the_last_two_are_final() -> None:
    reached = {State.PENDING_PAYMENT}.union(*TRANSITIONS.values())
    assert reached == set(State)
    assert not TRANSITIONS[State.CANCELLED]
    assert not TRANSITIONS[State.COMPLETED]


def test_each_verb_makes_the_next_version_and_one_event_of_that_version() -> None:
    decision = an_order().pay("4200001", 12800, NOW, NOW)
    assert decision.after.version == 2
    assert decision.event.version == 2
    assert decision.event.event_id == f"{decision.after.order_id}#2"


@pytest.mark.feature("B7")
def test_a_late_payment_on_a_cancelled_order_is_refunded_in_full() -> None:
    lapsed = an_order().lapse(NOW).after
    decision = lapsed.pay("4200001", 12800, NOW, NOW)
    assert decision.event.name == "LatePaymentReceived"
    assert decision.after.state is State.CANCELLED
    assert [refund.amount_fen for refund in decision.after.refunds] == [12800]
    assert decision.after.next_wait().kind is WaitKind.REFUND


def test_a_payment_of_another_amount_is_refused() -> None:
    with pytest.raises(PaymentMismatchError):
        an_order().pay("4200001", 12700, NOW, NOW)


def test_a_second_payment_of_a_paid_order_is_refused() -> None:
    with pytest.raises(PaymentMismatchError):
        paid().pay("4200002", 12800, NOW, NOW)


@pytest.mark.feature("P3")
def test_only_the_first_grab_wins() -> None:
    taken = accepted()
    with pytest.raises(AlreadyTakenError):
        taken.accept(RIVAL, "张三", 1, NOW, Actor(role=Role.PROVIDER, id=RIVAL))
    with pytest.raises(WrongStateError):
        taken.accept(PROVIDER, "王建国", 1, NOW, BY_PROVIDER)


def test_the_losers_stand_in_the_event() -> None:
    order = paid().offer(1, (PROVIDER, RIVAL), NOW, NOW).after
    decision = order.accept(PROVIDER, "王建国", 1, NOW, BY_PROVIDER)
    assert decision.event.data["losers"] == [RIVAL]


@pytest.mark.feature("B13")
def test_the_visit_begins_only_with_the_customers_code() -> None:
    with pytest.raises(WrongArrivalCodeError) as refused:
        accepted().begin(PROVIDER, "0000", NOW)
    assert refused.value.details["left"] == 4
    assert accepted().begin(PROVIDER, "4406", NOW).after.state is State.IN_SERVICE


@pytest.mark.feature("B13")
def test_after_five_wrong_codes_even_the_right_one_is_refused() -> None:
    order = accepted()
    for _ in range(5):
        order = order.miscode(PROVIDER, NOW).after
    with pytest.raises(TooManyCodesError):
        order.begin(PROVIDER, "4406", NOW)


@pytest.mark.feature("B13")
def test_a_renewed_code_opens_the_door_again_and_the_old_one_does_not() -> None:
    order = accepted()
    for _ in range(5):
        order = order.miscode(PROVIDER, NOW).after
    renewed = order.renew_code("9317", Actor(role=Role.ADMINISTRATOR, id="admin"), NOW).after
    with pytest.raises(WrongArrivalCodeError):
        renewed.begin(PROVIDER, "4406", NOW)
    assert renewed.begin(PROVIDER, "9317", NOW).after.state is State.IN_SERVICE
    with pytest.raises(WrongStateError):
        in_service().renew_code("9317", Actor(role=Role.ADMINISTRATOR, id="admin"), NOW)


def test_only_the_provider_who_accepted_may_act() -> None:
    order = accepted()
    for act in (
        lambda: order.depart(RIVAL, NOW),
        lambda: order.begin(RIVAL, "4406", NOW),
        lambda: order.withdraw(RIVAL, "", NOW),
        lambda: in_service().finish(RIVAL, NOW),
    ):
        with pytest.raises(NotYourOrderError):
            act()


@pytest.mark.feature("C10")
@pytest.mark.parametrize("order", [an_order(), paid()], ids=["unpaid", "paid"])
def test_before_acceptance_a_customer_cancels_freely(order: Order) -> None:
    after = order.cancel(BY_CUSTOMER, "改主意了", NOW).after
    assert after.state is State.CANCELLED
    assert after.refunded_fen == (12800 if order.paid else 0)


@pytest.mark.feature("C10")
def test_after_acceptance_a_customer_may_only_propose_with_the_refund_of_the_policy() -> None:
    with pytest.raises(WrongStateError):
        accepted().cancel(BY_CUSTOMER, "改主意了", NOW)
    proposal = accepted().propose_cancellation("改主意了", NOW).after.proposal
    assert proposal is not None
    assert proposal.refund_fen == 12800  # 29 hours before
    late = accepted().propose_cancellation("改主意了", accepted().start - timedelta(hours=3)).after.proposal
    assert late is not None
    assert late.refund_fen == 10240


@pytest.mark.feature("C10")
def test_an_agreed_late_cancellation_splits_the_fee_without_losing_a_fen() -> None:
    moment = accepted().start - timedelta(hours=1)
    decision = accepted().propose_cancellation("有事", moment).after.answer_cancellation(BY_PROVIDER, True, moment)
    after = decision.after
    assert after.state is State.CANCELLED
    assert after.refunded_fen == 6400
    assert after.refunded_fen + after.earned_fen + after.commission_fen == after.total_fen
    assert decision.frees_provider
    settled = after.settle_refund(after.refunds[0].refund_no, succeeded=True, now=moment).after
    assert settled.next_wait().kind is WaitKind.SETTLEMENT_DELAY
    assert settled.release_income(moment).after.next_wait().kind is WaitKind.CLOSED


def test_a_declined_proposal_leaves_the_order_as_it_was() -> None:
    after = accepted().propose_cancellation("有事", NOW).after.answer_cancellation(BY_PROVIDER, False, NOW).after
    assert after.state is State.ACCEPTED
    assert after.proposal is None


@pytest.mark.parametrize("order", [in_service(), completed()], ids=["in service", "completed"])
def test_work_that_has_begun_cannot_be_cancelled(order: Order) -> None:
    with pytest.raises(CancellationRefusedError):
        order.cancel(BY_CUSTOMER, "", NOW)
    with pytest.raises(CancellationRefusedError):
        order.propose_cancellation("", NOW)


def test_a_withdrawal_frees_the_time_and_starts_the_search_anew_without_that_provider() -> None:
    decision = accepted().withdraw(PROVIDER, "发烧", NOW)
    after = decision.after
    assert decision.frees_provider
    assert after.state is State.PENDING_ACCEPTANCE
    assert after.dispatch_round == 2
    assert PROVIDER in after.excluded
    assert (after.wave, after.offered, after.provider_id) == (0, (), None)


def test_a_named_provider_who_declines_gives_the_time_back_and_the_search_goes_on() -> None:
    order = paid(an_order(named_provider_id=PROVIDER, provider_id=PROVIDER, provider_name="王建国", reserved_mask=3))
    decision = order.offer(1, (PROVIDER,), NOW, NOW).after.decline(PROVIDER, NOW)
    assert decision.frees_provider
    assert decision.after.named_provider_id is None
    assert decision.after.wave == 0


def test_nobody_found_gives_everything_back() -> None:
    after = paid().nobody_found(NOW).after
    assert after.refunded_fen == after.total_fen
    assert after.cancellation is not None
    assert after.cancellation.reason == "NOBODY_FOUND"


@pytest.mark.feature("C10")
@pytest.mark.parametrize("order", [accepted(), accepted().depart(PROVIDER, NOW).after], ids=["at home", "on the way"])
def test_who_waited_in_vain_gets_everything_back(order: Order) -> None:
    late = order.start + timedelta(hours=2)
    assert order.refund_if_cancelled(late) < order.total_fen
    overdue = order.raise_overdue(late).after
    proposed = overdue.propose_cancellation("没人来", late).after
    ended = proposed.answer_cancellation(BY_PROVIDER, True, late).after
    assert ended.refunded_fen == order.total_fen
    assert (ended.earned_fen, ended.commission_fen) == (0, 0)


def test_a_failed_refund_no_longer_counts_as_given_back() -> None:
    order = paid().nobody_found(NOW).after
    failed = order.settle_refund(order.refunds[0].refund_no, succeeded=False, now=NOW).after
    assert failed.refunds[0].state is RefundState.FAILED
    assert failed.refunded_fen == 0


def test_the_wait_follows_the_life_of_an_order() -> None:
    life = [an_order(), paid(), accepted()]
    life.append(life[-1].remind(NOW).after)
    life.append(life[-1].raise_overdue(NOW).after)
    life += [in_service(), completed()]
    life.append(completed().confirm(SYSTEM, NOW).after)
    life.append(life[-1].release_income(NOW).after)
    assert [order.next_wait().kind for order in life] == [
        WaitKind.PAYMENT,
        WaitKind.DISPATCH,
        WaitKind.REMINDER,
        WaitKind.OVERDUE,
        WaitKind.VISIT,
        WaitKind.FINISH,
        WaitKind.CONFIRMATION,
        WaitKind.SETTLEMENT_DELAY,
        WaitKind.CLOSED,
    ]


def test_a_wait_whose_time_has_passed_still_lasts_a_second() -> None:
    assert Snapshot.of(an_order(), NOW + timedelta(hours=2)).seconds == 1


VERBS = st.lists(
    st.sampled_from(
        [
            "pay",
            "lapse",
            "offer",
            "accept",
            "withdraw",
            "depart",
            "begin",
            "finish",
            "confirm",
            "release",
            "cancel",
            "propose",
            "agree",
            "refuse",
            "remind",
        ]
    ),
    max_size=25,
)


@given(verbs=VERBS)
def test_whatever_is_tried_in_whatever_order_the_money_adds_up(verbs: list[str]) -> None:
    order = an_order()
    for verb in verbs:
        acts = {
            "pay": lambda o: o.pay("4200001", o.total_fen, NOW, NOW),
            "lapse": lambda o: o.lapse(NOW),
            "offer": lambda o: o.offer(o.wave + 1, (PROVIDER,), NOW, NOW),
            "accept": lambda o: o.accept(PROVIDER, "王建国", 7, NOW, BY_PROVIDER),
            "withdraw": lambda o: o.withdraw(PROVIDER, "", NOW),
            "depart": lambda o: o.depart(PROVIDER, NOW),
            "begin": lambda o: o.begin(PROVIDER, "4406", NOW),
            "finish": lambda o: o.finish(PROVIDER, NOW),
            "confirm": lambda o: o.confirm(BY_CUSTOMER, NOW),
            "release": lambda o: o.release_income(NOW),
            "cancel": lambda o: o.cancel(BY_CUSTOMER, "", NOW),
            "propose": lambda o: o.propose_cancellation("", NOW),
            "agree": lambda o: o.answer_cancellation(BY_PROVIDER, True, NOW),
            "refuse": lambda o: o.answer_cancellation(BY_PROVIDER, False, NOW),
            "remind": lambda o: o.remind(NOW),
        }
        try:
            after = acts[verb](order).after
        except DaojiaError:
            continue
        assert after.version == order.version + 1
        order = after
        assert Order.model_validate_json(order.model_dump_json()) == order
        if order.confirmed_at:
            assert order.refunded_fen + order.earned_fen + order.commission_fen == order.total_fen
        if order.state is State.CANCELLED and order.paid:
            assert order.refunded_fen + order.earned_fen + order.commission_fen == order.total_fen
