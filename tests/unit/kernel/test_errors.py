"""Every refusal reads well: each error code has a sentence, and what the sentence mentions is given with the error."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import daojia
from daojia.kernel.errors import DaojiaError
from daojia.kernel.texts import known

ROOT = Path(__file__).resolve().parents[3]
LAYER = ROOT / "layers/daojia/python/daojia"


@cache
def error_classes() -> dict[str, type[DaojiaError]]:
    """Every error class of the layer, by name."""
    for module in pkgutil.walk_packages(daojia.__path__, "daojia."):
        importlib.import_module(module.name)
    found: dict[str, type[DaojiaError]] = {}
    pending: list[type[DaojiaError]] = [DaojiaError]
    while pending:
        kind = pending.pop()
        if kind.__module__.startswith("daojia."):
            found[kind.__name__] = kind
        pending.extend(kind.__subclasses__())
    return found


def places_of_use() -> Iterator[tuple[str, type[DaojiaError], dict[str, Any]]]:
    """Where an error is made, its class, and the details given there: constants as they are, else a stand-in."""
    classes = error_classes()
    for path in [*LAYER.rglob("*.py"), *(ROOT / "functions").rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes:
                kind = classes[node.func.id]
                written_here = kind.__init__ is DaojiaError.__init__ and all(each.arg for each in node.keywords)
                if written_here:
                    details = {str(each.arg): _value(each.value) for each in node.keywords}
                    yield where, kind, details
            elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name) and node.exc.id in classes:
                yield where, classes[node.exc.id], {}


def _value(node: ast.expr) -> Any:
    return node.value if isinstance(node, ast.Constant) else 7


def test_every_error_code_has_a_sentence() -> None:
    missing = {kind.code for kind in error_classes().values() if not known(f"errors.{kind.code}")}
    assert not missing


def test_every_error_class_has_a_code_of_its_own_or_its_parents_and_an_http_status() -> None:
    for kind in error_classes().values():
        assert kind.code.isupper()
        assert 400 <= kind.http_status <= 599
        assert kind.__name__.endswith("Error")
        assert kind.__doc__


def test_every_sentence_can_be_filled_with_what_the_error_is_given() -> None:
    problems: list[str] = []
    seen = 0
    for where, kind, details in places_of_use():
        seen += 1
        try:
            sentence = kind(**details).message
        except KeyError as error:
            problems.append(f"{where}: {kind.__name__} is not given {error}")
        else:
            if "{" in sentence:
                problems.append(f"{where}: {sentence}")
    assert seen > 50
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("reason", ["NOT_VERIFIED", "NOT_SERVED", "RESTING", "TOO_FAR", "OFF_HOURS", "BUSY", "BARRED"])
def test_who_cannot_take_an_order_reads_why_in_words(reason: str) -> None:
    from daojia.dispatch.errors import NotEligibleError

    message = NotEligibleError(number="8321", reason=reason).message
    assert "8321" in message
    assert reason not in message
