"""What a wish costs: quantity, options, and what is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daojia.catalogue.errors import OptionRefusedError, OptionWantedError, TooManyUnitsError, VisitTooLongError
from daojia.catalogue.model import AddOn, Choice, Choosing, LineKind, PriceLine, Service, Unit
from daojia.catalogue.pricing import VISIT_MINUTES_MAX, Chosen, Wanted, missing, priced
from daojia.kernel.errors import DaojiaError
from tests.store.builders import a_service

WINDOWS = AddOn(option_id="windows", name="加擦玻璃", price_fen=1200, minutes=10, unit="扇", most=10)
TYPE = Choosing(
    option_id="type",
    name="机型",
    usual="wall",
    per_unit=True,
    choices=(Choice(choice_id="wall", name="挂机"), Choice(choice_id="floor", name="柜机", price_fen=4000, minutes=15)),
)
LENGTH = Choosing(
    option_id="length",
    name="头发长度",
    choices=(Choice(choice_id="short", name="短发"), Choice(choice_id="long", name="长发", price_fen=3000, minutes=30)),
)


def aircon(**changes: Any) -> Service:
    return a_service(
        **{
            "name": "空调清洗",
            "minutes": 60,
            "price_lines": (
                PriceLine(name="上门费", amount_fen=1000, kind=LineKind.CALL_OUT),
                PriceLine(name="清洗", amount_fen=8900, per_unit=True),
            ),
            "unit": Unit(name="台", most=6, minutes=45),
            "options": (TYPE, WINDOWS),
            **changes,
        }
    )


def chose(option_id: str, choice_id: str | None = None, quantity: int = 1) -> Chosen:
    return Chosen(option_id=option_id, choice_id=choice_id, quantity=quantity)


@pytest.mark.feature("A6")
def test_two_air_conditioners_pay_the_call_out_once_and_the_washing_twice() -> None:
    agreed = priced(aircon(), Wanted(quantity=2))
    assert [(line.name, line.quantity, line.amount_fen) for line in agreed.quote.lines] == [
        ("上门费", 1, 1000),
        ("清洗", 2, 17800),
    ]
    assert (agreed.minutes, agreed.shown) == (105, ("2 台",))


@pytest.mark.feature("A6")
def test_choices_per_unit_and_counted_add_ons_are_lines_of_their_own() -> None:
    wanted = Wanted(quantity=2, options=(chose("windows", quantity=5), chose("type", "floor")))
    agreed = priced(aircon(), wanted)
    assert agreed.quote.total_fen == 1000 + 2 * 8900 + 2 * 4000 + 5 * 1200
    assert agreed.minutes == 60 + 45 + 2 * 15 + 5 * 10
    assert agreed.shown == ("2 台", "机型：柜机", "加擦玻璃 5 扇")


def test_a_choice_that_has_to_be_made_is_asked_for_and_the_price_starts_at_the_cheapest() -> None:
    service = a_service(options=(LENGTH,))
    assert missing(service, Wanted()) == LENGTH
    assert service.quote().total_fen == 12800
    with pytest.raises(OptionWantedError) as refused:
        priced(service, Wanted())
    assert "短发" in refused.value.message
    wanted = Wanted(options=(chose("length", "long"),))
    assert missing(service, wanted) is None
    assert priced(service, wanted).quote.total_fen == 15800


@pytest.mark.parametrize(
    ("wanted", "refusal", "said"),
    [
        (Wanted(quantity=7), TooManyUnitsError, "6 台"),
        (Wanted(options=(chose("nothing"),)), OptionRefusedError, "不是"),
        (Wanted(options=(chose("windows"), chose("windows"))), OptionRefusedError, "两次"),
        (Wanted(options=(chose("windows", quantity=11),)), OptionRefusedError, "10 扇"),
        (Wanted(options=(chose("windows", "wall"),)), OptionRefusedError, "choice_id"),
        (Wanted(options=(chose("type", "other"),)), OptionRefusedError, "挂机、柜机"),
        (Wanted(options=(chose("type"),)), OptionRefusedError, "挂机、柜机"),
    ],
)
def test_what_cannot_be_had_is_refused_in_words(wanted: Wanted, refusal: type[DaojiaError], said: str) -> None:
    with pytest.raises(refusal) as refused:
        priced(aircon(), wanted)
    assert said in refused.value.message


def test_nobody_works_longer_than_ten_hours() -> None:
    long = a_service(minutes=500, options=(WINDOWS.model_copy(update={"minutes": 20}),))
    assert priced(long, Wanted(options=(chose("windows", quantity=5),))).minutes == VISIT_MINUTES_MAX
    with pytest.raises(VisitTooLongError):
        priced(long, Wanted(options=(chose("windows", quantity=6),)))


def test_one_of_a_service_without_options_costs_what_the_catalogue_shows() -> None:
    service = a_service()
    assert priced(service, Wanted()).quote == service.quote()
    assert priced(service, Wanted()).minutes == service.minutes


_FEN = st.integers(0, 100_000)
_LINE = st.builds(PriceLine, name=st.just("行"), amount_fen=_FEN, per_unit=st.booleans())


@given(
    st.lists(_LINE, min_size=1, max_size=5), _FEN, st.integers(1, 6), st.integers(0, 10), st.sampled_from(TYPE.choices)
)
def test_more_never_costs_less_and_the_total_is_the_sum_of_its_lines(
    lines: list[PriceLine], fen: int, quantity: int, windows: int, choice: Choice
) -> None:
    service = aircon(price_lines=tuple(lines), options=(TYPE, WINDOWS.model_copy(update={"price_fen": fen})))
    options = (chose("type", choice.choice_id), *([chose("windows", quantity=windows)] if windows else []))
    agreed = priced(service, Wanted(quantity=quantity, options=options))
    assert agreed.quote.total_fen == sum(line.amount_fen for line in agreed.quote.lines)
    assert all(line.amount_fen >= 0 and line.amount_fen % line.quantity == 0 for line in agreed.quote.lines)
    assert agreed.quote.total_fen >= service.quote().total_fen
    assert 0 < agreed.minutes <= VISIT_MINUTES_MAX
    if quantity > 1:
        fewer = priced(service, Wanted(quantity=quantity - 1, options=options))
        assert fewer.quote.total_fen <= agreed.quote.total_fen
        assert fewer.minutes <= agreed.minutes
