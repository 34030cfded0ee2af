"""Accounts and their address book. Pure."""

from datetime import datetime

from daojia.kernel.geography import Point
from daojia.kernel.ids import AccountId
from daojia.kernel.sealed import Sealed
from daojia.kernel.value import Value


class Place(Value):
    """Where a visit happens. `area` (district and street) may be shown to anyone; `detail`, `contact` and `phone` are
    personal and shown only to the customer and, after acceptance, to the provider."""

    point: Point
    area: str
    detail: Sealed
    contact: Sealed
    phone: Sealed


class Address(Value):
    """An entry of the address book."""

    address_id: str
    label: str = ""
    place: Place


class Account(Value):
    """A person known by at least one WeChat identity."""

    account_id: AccountId
    openid: str | None = None
    """In the official account; None for someone known from the mini-program alone."""
    miniprogram_openid: str | None = None
    unionid: str | None = None
    nickname: str = ""
    phone: Sealed | None = None
    addresses: tuple[Address, ...] = ()
    created_at: datetime
    followed: bool = True
