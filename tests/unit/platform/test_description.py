"""The API's description is made from the code, served as a file, and current."""

import json
import re

import pytest

from infra.openapi import TARGET, document, text


@pytest.fixture(scope="module")
def described() -> dict[str, object]:
    return document()


def test_the_committed_document_is_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == text(), "run `python -m infra.openapi`"


def test_every_reference_leads_somewhere(described: dict[str, object]) -> None:
    schemas = described["components"]["schemas"]  # type: ignore[index]
    used = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)))
    assert used <= set(schemas)


def test_every_operation_has_words_an_id_of_its_own_and_says_how_it_refuses(described: dict[str, object]) -> None:
    operations = [each for verbs in described["paths"].values() for each in verbs.values()]  # type: ignore[attr-defined]
    assert len(operations) > 35
    assert len({each["operationId"] for each in operations}) == len(operations)
    for each in operations:
        assert each["summary"]
        assert each["tags"]
        assert each["responses"]["default"]["content"]["application/json"]["schema"]["$ref"].endswith("/Error")


def test_what_moves_something_wants_a_key(described: dict[str, object]) -> None:
    without = {
        path
        for path, verbs in described["paths"].items()  # type: ignore[attr-defined]
        for verb, about in verbs.items()
        if verb == "post" and not any(each["name"] == "Idempotency-Key" for each in about.get("parameters", []))
    }
    # Logging in and asking change nothing that could be done twice; the channel itself knows a payment by its number.
    assert without == {
        "/v1/auth/wechat",
        "/v1/auth/phone/code",
        "/v1/auth/phone",
        "/v1/auth/refresh",
        "/v1/auth/logout",
        "/v1/admin/auth/login",
        "/v1/admin/auth/refresh",
        "/v1/admin/auth/logout",
        "/v1/quotes",
        "/v1/orders/{order_id}/pay",
    }
