"""Logging in with a code sent by short message, through the strict simulator."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from daojia.accounts import codes
from daojia.accounts import store as accounts
from daojia.accounts.codes import CodeItem
from daojia.accounts.sms import SmsClient
from daojia.kernel import secrets
from daojia.kernel.errors import TooManyRequestsError
from daojia.kernel.sealed import lookup_hash
from daojia.kernel.times import now as clock
from daojia.kernel.transaction import Transaction
from daojia.platform.tokens import caller_of
from tests.store.api.world import CHANNELS, LI, World
from tests.unit.simulators import sms_stage

PHONE = "13912345678"


@pytest.fixture
def sms(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[sms_stage.Stage]:
    with sms_stage.running(tmp_path / "sms.sqlite") as stage:
        monkeypatch.setenv("SMS_BASE_URL", stage.url)
        secrets.provide("CHANNELS_SECRET_ARN", json.dumps({**CHANNELS, "sms": sms_stage.SETTINGS}))
        yield stage


def ask(world: World, phone: str = PHONE) -> Any:
    return world.call("customer", "POST", "/v1/auth/phone/code", {"phone": phone}, key=None)


def enter(world: World, code: str, phone: str = PHONE) -> Any:
    return world.call("customer", "POST", "/v1/auth/phone", {"phone": phone, "code": code}, key=None)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.mark.feature("C1")
def test_a_number_and_its_code_make_an_account_and_lead_to_it_again(world: World, sms: sms_stage.Stage) -> None:
    assert (ask(world).status, len(sms.messages(PHONE))) == (200, 1)
    session = enter(world, sms.code(PHONE))
    assert session.status == 200
    me = caller_of(session["access_token"], clock()).account_id
    assert accounts.get(me).phone == PHONE
    refused = enter(world, sms.code(PHONE))
    assert (refused.status, refused["error"]["code"]) == (401, "WRONG_CODE"), "a code works once"


def test_neither_number_nor_code_is_stored_in_the_clear(world: World, sms: sms_stage.Stage) -> None:
    ask(world)
    stored = str(CodeItem.get(codes._key(PHONE)).serialize())
    assert PHONE not in stored
    assert sms.code(PHONE) not in stored


def test_whether_a_number_is_known_cannot_be_told(world: World, sms: sms_stage.Stage) -> None:
    new, known = "13900000001", "13900000002"
    tx = Transaction()
    accounts.link_phone(tx, lookup_hash("phone", known), LI)
    tx.commit()
    first, second = ask(world, new), ask(world, known)
    assert (first.status, first["ok"], first["expires_in"]) == (second.status, second["ok"], second["expires_in"])
    wrong = [enter(world, "000000", number)["error"]["code"] for number in (new, known, "13900000003")]
    assert wrong == ["WRONG_CODE"] * 3


def test_a_code_may_be_tried_five_times_even_at_once(world: World, sms: sms_stage.Stage) -> None:
    ask(world)
    right = sms.code(PHONE)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: enter(world, other_than(right)).status, range(8)))
    assert set(answers) <= {401, 503}
    for _ in range(5):
        enter(world, other_than(right))
    assert enter(world, right).status == 401, "the right one comes too late"


def test_one_code_a_minute_for_a_number(world: World, sms: sms_stage.Stage) -> None:
    assert ask(world).status == 200
    refused = ask(world)
    assert (refused.status, refused["error"]["code"]) == (429, "TOO_MANY_REQUESTS")
    assert len(sms.messages(PHONE)) == 1


@pytest.fixture
def sent(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codes sent, at any time: the real service takes no signature of another day."""
    codes_sent: list[str] = []
    client = SimpleNamespace(send_code=lambda phone, code, minutes, now: codes_sent.append(code))
    monkeypatch.setattr(SmsClient, "of_stage", staticmethod(lambda: client))
    return codes_sent


def test_ten_a_day_for_a_number_and_thirty_from_one_address(sent: list[str]) -> None:
    now = clock()
    for number in range(10):
        codes.send(PHONE, f"10.0.0.{number}", now + timedelta(minutes=2 * number))
    with pytest.raises(TooManyRequestsError):
        codes.send(PHONE, "10.0.0.99", now + timedelta(minutes=30))
    for number in range(30):
        codes.send(f"137000000{number:02d}", "10.9.9.9", now)
    with pytest.raises(TooManyRequestsError):
        codes.send("13700000099", "10.9.9.9", now)
    assert len(sent) == 40


@pytest.mark.parametrize(("seconds_ago", "status"), [(301, 401), (290, 200)])
def test_a_code_ends_after_five_minutes(world: World, sent: list[str], seconds_ago: int, status: int) -> None:
    codes.send(PHONE, "10.0.0.1", clock() - timedelta(seconds=seconds_ago))
    assert enter(world, sent[-1]).status == status


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"secret_key": "other"}, 502),
        ({"secret_id": "AKIDother"}, 502),
        ({"sign_name": "别家"}, 502),
        ({"code_template_id": "1"}, 502),
        ({"sdk_app_id": "1"}, 502),
    ],
)
def test_what_the_sms_service_refuses_is_said(
    world: World, sms: sms_stage.Stage, change: dict[str, str], status: int
) -> None:
    settings = {**sms_stage.SETTINGS, **change}
    secrets.provide("CHANNELS_SECRET_ARN", json.dumps({**CHANNELS, "sms": settings}))
    refused = ask(world)
    assert (refused.status, refused["error"]["code"]) == (status, "SMS_REFUSED")
    assert sms.messages(PHONE) == []


def test_when_the_sms_service_is_away_it_is_said_to_try_again(world: World, sms: sms_stage.Stage) -> None:
    sms.http.put("/_faults", json=[{"match": "*", "fault": "error", "code": "InternalError.OtherError"}])
    assert ask(world).status == 503


def test_a_number_that_got_too_many_already_is_left_alone(world: World, sms: sms_stage.Stage) -> None:
    sms.http.put("/_settings", json={"per_day": 0})
    refused = ask(world)
    assert (refused.status, refused["error"]["code"]) == (429, "SMS_TOO_OFTEN")
