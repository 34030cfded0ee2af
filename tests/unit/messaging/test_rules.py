"""Who hears of what, and whether it is still true when it is sent (B12)."""

from datetime import timedelta
from typing import Any

import pytest

from daojia.kernel.ids import AccountId
from daojia.messaging.model import ADMINISTRATORS, Kind, Message
from daojia.messaging.rules import messages_for, payout_message, still_true
from daojia.ordering.model import SYSTEM, Actor, Decision, Order, Role
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
UNTIL = NOW + timedelta(seconds=60)


def told(decision: Decision) -> set[tuple[str, Kind]]:
    return {(message.recipient, message.kind) for message in messages_for(decision.event, decision.after)}


def offered() -> Order:
    return paid().offer(1, (PROVIDER, RIVAL), UNTIL, NOW).after


def proposed() -> Order:
    return accepted().propose_cancellation("来不及", NOW).after


@pytest.mark.feature("C14")
@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (an_order().pay("42", 12800, NOW, NOW), {(CUSTOMER, Kind.PAID)}),
        (an_order().lapse(NOW), {(CUSTOMER, Kind.LAPSED)}),
        (an_order().lapse(NOW).after.pay("42", 12800, NOW, NOW), {(CUSTOMER, Kind.LATE_PAYMENT)}),
        (paid().offer(1, (PROVIDER, RIVAL), UNTIL, NOW), {(PROVIDER, Kind.OFFER), (RIVAL, Kind.OFFER)}),
        (
            offered().accept(PROVIDER, "王建国", 1, NOW, BY_PROVIDER),
            {(CUSTOMER, Kind.ACCEPTED), (PROVIDER, Kind.JOB), (RIVAL, Kind.TAKEN)},
        ),
        (offered().decline(RIVAL, NOW), set()),
        (offered().escalate(UNTIL, NOW), {(ADMINISTRATORS, Kind.NOTICE)}),
        (offered().nobody_found(NOW), {(CUSTOMER, Kind.NOBODY_FOUND)}),
        (accepted().withdraw(PROVIDER, "ill", NOW), {(CUSTOMER, Kind.WITHDRAWN)}),
        (accepted().depart(PROVIDER, NOW), {(CUSTOMER, Kind.DEPARTED)}),
        (accepted().remind(NOW), {(CUSTOMER, Kind.REMINDER), (PROVIDER, Kind.JOB_REMINDER)}),
        (accepted().raise_overdue(NOW), {(ADMINISTRATORS, Kind.NOTICE)}),
        (accepted().begin(PROVIDER, "4406", NOW), {(CUSTOMER, Kind.STARTED)}),
        (in_service().finish(PROVIDER, NOW), {(CUSTOMER, Kind.FINISHED)}),
        (completed().confirm(BY_CUSTOMER, NOW), {(PROVIDER, Kind.EARNED)}),
        (completed().confirm(SYSTEM, NOW).after.release_income(NOW), {(PROVIDER, Kind.RELEASED)}),
        (accepted().propose_cancellation("来不及", NOW), {(PROVIDER, Kind.CANCELLATION_PROPOSED)}),
        (proposed().answer_cancellation(BY_PROVIDER, False, NOW), {(CUSTOMER, Kind.CANCELLATION_DECLINED)}),
        (proposed().answer_cancellation(BY_PROVIDER, True, NOW), {(CUSTOMER, Kind.CANCELLED)}),
        (paid().cancel(BY_CUSTOMER, "x", NOW), set()),
        (
            accepted().cancel(Actor(role=Role.ADMINISTRATOR), "x", NOW),
            {(CUSTOMER, Kind.CANCELLED), (PROVIDER, Kind.JOB_CANCELLED)},
        ),
        (paid().report_trouble("Boom", NOW), {(ADMINISTRATORS, Kind.NOTICE)}),
    ],
)
def test_everybody_who_should_know_is_told_and_nobody_else(decision: Decision, expected: set[tuple[str, Kind]]) -> None:
    assert told(decision) == expected


def test_a_provider_who_is_owed_a_fee_is_told_the_amount() -> None:
    order = proposed().model_copy(update={"start": NOW + timedelta(hours=1)})
    late = order.propose_cancellation("x", NOW).after
    decision = late.answer_cancellation(BY_PROVIDER, True, NOW)
    kinds = {message.kind: message for message in messages_for(decision.event, decision.after)}
    assert kinds[Kind.CANCELLED].facts["amount_fen"] == 6_400
    assert kinds[Kind.JOB_CANCELLED_WITH_FEE].facts["amount_fen"] == decision.after.earned_fen == 5_120


def test_the_same_event_gives_the_same_message_ids_and_different_ones_differ() -> None:
    decision = paid().offer(1, (PROVIDER, RIVAL), UNTIL, NOW)
    once = messages_for(decision.event, decision.after)
    assert [each.message_id for each in once] == [
        each.message_id for each in messages_for(decision.event, decision.after)
    ]
    assert len({each.message_id for each in once}) == 2


def test_messages_hold_nothing_personal() -> None:
    order = offered()
    decision = order.accept(PROVIDER, "王建国", 1, NOW, BY_PROVIDER)
    for message in messages_for(decision.event, decision.after):
        text = message.model_dump_json()
        for personal in (order.place.detail, order.place.contact, order.place.phone, order.arrival_code, order.notes):
            assert personal not in text


def test_a_payout_is_told_once_per_bill() -> None:
    message = payout_message(PROVIDER, "b_1", 5_120)
    assert (message.recipient, message.kind, message.facts["amount_fen"]) == (PROVIDER, Kind.PAYOUT, 5_120)
    assert message.message_id == payout_message(PROVIDER, "b_1", 5_120).message_id


# -- still true? ----------------------------------------------------------------------------------------------------


def a_message(kind: Kind, recipient: str = CUSTOMER, **facts: Any) -> Message:
    return Message(message_id="m", kind=kind, recipient=AccountId(recipient), facts=facts)


def reminder(decision: Decision, kind: Kind) -> Message:
    return next(each for each in messages_for(decision.event, decision.after) if each.kind is kind)


@pytest.mark.feature("B12")
@pytest.mark.parametrize("kind", [Kind.REMINDER, Kind.JOB_REMINDER])
def test_a_reminder_is_bound_to_the_visit_as_it_was(kind: Kind) -> None:
    decision = accepted().remind(NOW)
    order = decision.after
    message = reminder(decision, kind)
    assert still_true(message, order, NOW)
    moved = order.model_copy(update={"start": order.start + timedelta(hours=1)})
    assert not still_true(message, moved, NOW)
    assert not still_true(message, order, order.start)
    assert not still_true(message, order.withdraw(PROVIDER, "ill", NOW).after, NOW)
    assert not still_true(message, order.model_copy(update={"provider_id": RIVAL}), NOW)


@pytest.mark.parametrize(
    ("message", "true", "untrue"),
    [
        (a_message(Kind.PAID), paid(), accepted()),
        (a_message(Kind.WITHDRAWN), paid(), accepted()),
        (a_message(Kind.OFFER, PROVIDER), offered(), accepted()),
        (a_message(Kind.OFFER, RIVAL), offered(), offered().decline(RIVAL, NOW).after),
        (a_message(Kind.OFFER, "a_never_asked"), None, offered()),
        (a_message(Kind.ACCEPTED, provider_id=PROVIDER), accepted(), paid()),
        (a_message(Kind.JOB, PROVIDER), accepted(), accepted().withdraw(PROVIDER, "ill", NOW).after),
        (a_message(Kind.JOB, RIVAL), None, accepted()),
        (a_message(Kind.TAKEN, RIVAL), accepted(), offered()),
        (a_message(Kind.TAKEN, PROVIDER), None, accepted()),
        (a_message(Kind.DEPARTED), accepted().depart(PROVIDER, NOW).after, in_service()),
        (a_message(Kind.STARTED), in_service(), completed()),
        (a_message(Kind.FINISHED), completed(), completed().confirm(SYSTEM, NOW).after),
        (a_message(Kind.CANCELLATION_PROPOSED, PROVIDER), proposed(), accepted()),
        (a_message(Kind.CANCELLATION_DECLINED), accepted(), proposed()),
        (a_message(Kind.REFUNDED), paid(), None),
        (a_message(Kind.NOBODY_FOUND), paid(), None),
    ],
)
def test_what_no_longer_holds_is_not_sent(message: Message, true: Order | None, untrue: Order | None) -> None:
    if true is not None:
        assert still_true(message, true, NOW)
    if untrue is not None:
        assert not still_true(message, untrue, NOW)


def test_an_offer_for_a_visit_that_should_have_begun_is_not_sent() -> None:
    order = offered()
    assert not still_true(a_message(Kind.OFFER, PROVIDER), order, order.start)
