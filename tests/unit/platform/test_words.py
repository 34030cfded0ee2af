"""Everything that can be refused or shown has words."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import daojia
from daojia.kernel.errors import DaojiaError
from daojia.kernel.texts import known, say
from daojia.ordering.model import State
from daojia.platform.errors import refusal

ROOT = Path(__file__).resolve().parents[3]


def _every_error() -> Iterator[type[DaojiaError]]:
    for module in pkgutil.walk_packages(daojia.__path__, "daojia."):
        importlib.import_module(module.name)
    pending: list[type[DaojiaError]] = [DaojiaError]
    while pending:
        kind = pending.pop()
        pending.extend(kind.__subclasses__())
        yield kind


def test_every_error_has_a_sentence_under_its_code() -> None:
    codes = {kind.code for kind in _every_error() if kind.__module__.startswith("daojia.")}
    codes |= set(re.findall(r'^    code = "([A-Z_]+)"', "\n".join(_function_sources()), re.MULTILINE))
    assert {code for code in codes if not known(f"errors.{code}")} == set()


def test_errors_with_one_code_have_one_status() -> None:
    statuses: dict[str, set[int]] = {}
    for kind in _every_error():
        if "code" in vars(kind):
            statuses.setdefault(kind.code, set()).add(kind.http_status)
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}


def test_an_error_without_its_details_still_reads_as_a_sentence() -> None:
    class BareError(DaojiaError):
        code = "WRONG_STATE"
        http_status = 409

    answer = refusal(BareError())
    assert answer["error"]["code"] == "WRONG_STATE"
    assert answer["error"]["message"] == say("errors.CONFLICT")


def test_every_state_and_every_event_has_words() -> None:
    source = (ROOT / "layers/daojia/python/daojia/ordering/model.py").read_text(encoding="utf-8")
    verbs = source.partition("class Order(Value)")[2]  # events are named by the order's verbs
    names = set(
        re.findall(
            r'"((?:Order|Offer|Offers|Late|Named|Provider|Visit|Income|Workflow|Cancellation|Refund|Arrival)[A-Z][A-Za-z]+)"',
            verbs,
        )
    )
    assert len(names) > 20
    assert {
        name for name in names if not known(f"pages.timeline.{name}") and not known(f"pages.internal.{name}")
    } == set()
    assert all(known(f"pages.states.{state.value}") for state in State)


def _function_sources() -> Iterator[str]:
    for path in (ROOT / "functions").glob("*/*.py"):
        yield path.read_text(encoding="utf-8")
