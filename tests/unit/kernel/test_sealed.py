"""Personal data is unreadable where it is stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daojia.kernel.sealed import Sealed, lookup_hash, mask_phone, seal, unseal
from daojia.kernel.secrets import provide
from daojia.kernel.value import Value


class Person(Value):
    phone: Sealed
    nickname: str


@given(st.text())
def test_what_is_sealed_can_be_unsealed(text: str) -> None:
    if not text.startswith("enc1:"):
        assert unseal(seal(text)) == text


def test_sealing_twice_changes_nothing_and_the_same_text_never_looks_the_same() -> None:
    once = seal("13800005678")
    assert seal(once) == once
    assert seal("13800005678") != once
    assert "13800005678" not in once


def test_a_document_is_stored_without_the_phone_and_read_back_with_it() -> None:
    person = Person(phone="13800005678", nickname="小李")
    stored = person.model_dump_json()
    assert "13800005678" not in stored
    assert "小李" in stored
    assert Person.model_validate_json(stored) == person


def test_another_stage_cannot_read_it() -> None:
    sealed = seal("13800005678")
    provide("MASTER_SECRET_ARN", "another-stage")
    try:
        with pytest.raises(ValueError, match="this stage's key"):
            unseal(sealed)
    finally:
        provide("MASTER_SECRET_ARN", "unit-test-master-secret")


def test_a_changed_text_is_not_believed() -> None:
    sealed = seal("13800005678")
    changed = sealed[:-6] + ("AAAA" if sealed[-6:-2] != "AAAA" else "BBBB") + sealed[-2:]
    with pytest.raises(ValueError, match="this stage's key"):
        unseal(changed)


def test_a_look_up_hash_is_stable_and_differs_by_kind() -> None:
    assert lookup_hash("phone", "13800005678") == lookup_hash("phone", "13800005678")
    assert lookup_hash("phone", "13800005678") != lookup_hash("identity", "13800005678")
    assert "138" not in lookup_hash("phone", "13800005678")


@pytest.mark.parametrize(("phone", "shown"), [("13800005678", "138****5678"), ("12345", "****"), ("", "****")])
def test_a_phone_number_is_shown_masked(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown
