"""Writing the demo world into the stage's tables."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, TypeVar

from daojia.kernel.parallel import gather

from infra.local.demo_data.world import DemoWorld

_Item = TypeVar("_Item")
CHUNK = 25
"""DynamoDB's limit on one batch of writes."""


def store(world: DemoWorld) -> int:
    """Write what is not there yet, and nothing else: what people changed since stays as they left it.

    Gives the number of items written. The tables are the ones the environment names (`PROVIDERS_TABLE`, …).
    """
    # Not before: the table names are read from the environment when the stores are imported.
    from daojia.accounts.store import AccountItem, LinkItem  # noqa: PLC0415
    from daojia.catalogue import store as catalogue  # noqa: PLC0415
    from daojia.catalogue.store import AreaItem, ServiceItem  # noqa: PLC0415
    from daojia.providers.store import ProfileItem  # noqa: PLC0415

    wanted: list[list[Any]] = [
        [ServiceItem(sk=service.service_id, body=service) for service in world.services],
        [AreaItem(sk=area.area_id, body=area) for area in world.areas],
        [ProfileItem.of(provider) for provider in world.providers],
        [AccountItem(account_id=account.account_id, version=1, body=account) for account in world.accounts],
        [
            LinkItem(account_id=LinkItem.key(account.unionid), target=account.account_id)
            for account in world.accounts
            if account.unionid
        ],
    ]
    missing = [item for items in wanted for item in _missing(items)]
    gather([lambda chunk=chunk: _write(chunk) for chunk in _chunks(missing, CHUNK)])
    catalogue.forget()
    return len(missing)


def _missing(items: Sequence[Any]) -> list[Any]:
    """Those of these items, all of one class, whose keys the table does not hold."""
    kind = type(items[0])
    names = [kind._hash_keyname, *([kind._range_keyname] if kind._range_keyname else [])]

    def key(item: Any) -> Any:
        values = tuple(getattr(item, name) for name in names)
        return values if len(values) > 1 else values[0]

    keys = [key(item) for item in items]
    held = {key(item) for item in kind.batch_get(keys, consistent_read=True, attributes_to_get=names)}
    return [item for item, its_key in zip(items, keys, strict=True) if its_key not in held]


def _write(items: Sequence[Any]) -> None:
    """Up to 25 items in as many batches as they have classes."""
    for kind in {type(item) for item in items}:
        with kind.batch_write() as batch:
            for item in items:
                if isinstance(item, kind):
                    batch.save(item)


def _chunks(items: Iterable[_Item], size: int) -> Iterable[list[_Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
