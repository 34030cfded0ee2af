"""Accounts and UnionID links in their table."""

from typing import Any

import boto3
import pytest

from daojia.accounts import store
from daojia.accounts.errors import AccountChangedError, AccountNotFoundError
from daojia.accounts.model import Account, Address
from daojia.accounts.store import AccountItem
from daojia.kernel.ids import AccountId
from daojia.kernel.transaction import Transaction, committed, snapshot
from tests.unit.ordering.builders import NOW, a_place

pytestmark = pytest.mark.usefixtures("tables")
ME = AccountId("a_customer")


def an_account(**changes: Any) -> Account:
    account = Account(
        account_id=ME,
        openid="o_official",
        unionid="u_1",
        nickname="小李",
        phone="13800005678",
        addresses=(Address(address_id="d_1", label="家", place=a_place()),),
        created_at=NOW,
    )
    return account.model_copy(update=changes)


@pytest.mark.feature("C1")
def test_an_account_is_read_as_it_was_written_and_nothing_personal_is_readable() -> None:
    committed(lambda tx: store.create(tx, an_account()))
    assert store.find(ME) == an_account()
    raw = str(boto3.client("dynamodb").get_item(TableName="accounts", Key={"account_id": {"S": ME}})["Item"])
    for personal in ("13800005678", "7 栋 1203", "李女士"):
        assert personal not in raw
    assert "武昌区 中南路" in raw


def test_who_is_not_there_is_not_there() -> None:
    assert store.find("a_nobody") is None
    with pytest.raises(AccountNotFoundError):
        store.get("a_nobody")


def test_an_account_is_made_once() -> None:
    committed(lambda tx: store.create(tx, an_account()))
    with pytest.raises(AccountChangedError):
        committed(lambda tx: store.create(tx, an_account(nickname="小王")))
    assert store.get(ME).nickname == "小李"


def test_two_changes_from_one_reading_do_not_overwrite_each_other() -> None:
    committed(lambda tx: store.create(tx, an_account()))
    item = store.find_item(ME)
    assert item is not None
    tx = Transaction()
    store.save(tx, item, an_account(nickname="小王"))
    tx.commit()
    tx = Transaction()
    store.save(tx, item, an_account(followed=False))
    with pytest.raises(AccountChangedError):
        tx.commit()
    after = store.find_item(ME)
    assert after is not None
    assert (after.version, after.body.nickname, after.body.followed) == (2, "小王", True)


def test_the_version_alone_will_do() -> None:
    committed(lambda tx: store.create(tx, an_account()))
    committed(lambda tx: store.save(tx, 1, an_account(followed=False)))
    assert not store.get(ME).followed


def test_an_account_can_be_read_in_a_snapshot_with_other_things() -> None:
    committed(lambda tx: store.create(tx, an_account()))
    mine, nobodys = snapshot((AccountItem, ME, None), (AccountItem, "a_nobody", None))
    assert mine.body == an_account()
    assert nobodys is None


@pytest.mark.feature("C1")
def test_a_unionid_leads_to_one_account_for_good() -> None:
    assert store.account_of_union("u_1") is None
    committed(lambda tx: store.link_union(tx, "u_1", ME))
    committed(lambda tx: store.link_union(tx, "u_1", ME))
    with pytest.raises(AccountChangedError):
        committed(lambda tx: store.link_union(tx, "u_1", AccountId("a_other")))
    assert store.account_of_union("u_1") == ME
