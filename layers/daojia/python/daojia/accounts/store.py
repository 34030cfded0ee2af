"""Accounts in their table, and beside them which account a person's UnionID leads to."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from daojia.accounts.errors import AccountChangedError, AccountNotFoundError
from daojia.accounts.model import Account
from daojia.kernel.ids import AccountId
from daojia.kernel.table import Document, Table, table_name
from daojia.kernel.transaction import Transaction


class AccountItem(Table):
    """An account; `version` counts its changes."""

    class Meta:
        table_name = table_name("ACCOUNTS_TABLE")

    account_id = UnicodeAttribute(hash_key=True)
    version = NumberAttribute(default=1)
    body = Document(Account)


class LinkItem(Table):
    """Which account somebody's UnionID or proven phone leads to: the key is `UNION#<unionid>` or `PHONE#<hash>`."""

    class Meta:
        table_name = table_name("ACCOUNTS_TABLE")

    account_id = UnicodeAttribute(hash_key=True)
    target = UnicodeAttribute()

    @classmethod
    def key(cls, unionid: str) -> str:
        return f"UNION#{unionid}"

    @classmethod
    def phone_key(cls, phone_hash: str) -> str:
        return f"PHONE#{phone_hash}"


def find_item(account_id: str) -> AccountItem | None:
    """The account with its version, strongly consistent; None when there is none."""
    try:
        return AccountItem.get(account_id, consistent_read=True)
    except AccountItem.DoesNotExist:
        return None


def find(account_id: str) -> Account | None:
    """The account, strongly consistent; None when there is none."""
    item = find_item(account_id)
    return item.body if item else None


def get(account_id: str) -> Account:
    """The account, strongly consistent. AccountNotFoundError when there is none."""
    account = find(account_id)
    if account is None:
        raise AccountNotFoundError(account_id=account_id)
    return account


def create(tx: Transaction, account: Account) -> None:
    """Write a new account. AccountChangedError when somebody made it meanwhile."""
    item = AccountItem(account_id=account.account_id, version=1, body=account)
    tx.put(item, condition=AccountItem.account_id.does_not_exist(), otherwise=AccountChangedError())


def save(tx: Transaction, before: AccountItem | int, after: Account) -> None:
    """Write a changed account; `before` is the item it was read as, or its version. AccountChangedError when it is no
    longer at that version."""
    version = before if isinstance(before, int) else int(before.version)
    item = AccountItem(account_id=after.account_id, version=version + 1, body=after)
    tx.put(item, condition=AccountItem.version == version, otherwise=AccountChangedError())


def account_of_union(unionid: str) -> AccountId | None:
    """The account a UnionID leads to, strongly consistent."""
    try:
        return AccountId(LinkItem.get(LinkItem.key(unionid), consistent_read=True).target)
    except LinkItem.DoesNotExist:
        return None


def link_union(tx: Transaction, unionid: str, account_id: AccountId) -> None:
    """Let a UnionID lead to an account for good. AccountChangedError when it leads to another one already."""
    free = LinkItem.account_id.does_not_exist() | (LinkItem.target == account_id)
    tx.put(
        LinkItem(account_id=LinkItem.key(unionid), target=account_id), condition=free, otherwise=AccountChangedError()
    )


def account_of_phone(phone_hash: str) -> AccountId | None:
    """The account a proven phone (by its look-up hash) leads to, strongly consistent."""
    try:
        return AccountId(LinkItem.get(LinkItem.phone_key(phone_hash), consistent_read=True).target)
    except LinkItem.DoesNotExist:
        return None


def link_phone(tx: Transaction, phone_hash: str, account_id: AccountId) -> None:
    """Let a proven phone lead to an account. AccountChangedError when it leads to another one already."""
    free = LinkItem.account_id.does_not_exist() | (LinkItem.target == account_id)
    link = LinkItem(account_id=LinkItem.phone_key(phone_hash), target=account_id)
    tx.put(link, condition=free, otherwise=AccountChangedError())
