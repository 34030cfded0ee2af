"""Writing the demo world into the stage's tables."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from daojia.kernel.parallel import gather
from infra.local.demo_data.world import DemoWorld

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

    accounts, sold = world.accounts, (*world.services, *world.packages)
    wanted: dict[Any, list[Any]] = {
        ServiceItem: [ServiceItem(sk=service.service_id, body=service) for service in sold],
        AreaItem: [AreaItem(sk=area.area_id, body=area) for area in world.areas],
        ProfileItem: [ProfileItem.of(provider) for provider in world.providers],
        AccountItem: [AccountItem(account_id=each.account_id, version=1, body=each) for each in accounts],
        LinkItem: [
            LinkItem(account_id=LinkItem.key(each.unionid), target=each.account_id) for each in accounts if each.unionid
        ],
    }
    missing = [_missing(kind, items) for kind, items in wanted.items()]
    gather([partial(_write, chunk) for items in missing for chunk in _chunks(items)])
    catalogue.forget()
    return sum(len(items) for items in missing)


def _missing(kind: Any, items: Sequence[Any]) -> list[Any]:
    """Those of these items, all of class `kind`, whose keys the table does not hold."""
    names = [kind._hash_keyname, *([kind._range_keyname] if kind._range_keyname else [])]

    def key(item: Any) -> Any:
        values = [getattr(item, name) for name in names]
        return tuple(values) if len(values) > 1 else values[0]

    keys = [key(item) for item in items]
    held = {key(item) for item in kind.batch_get(keys, consistent_read=True, attributes_to_get=names)}
    return [item for item, its_key in zip(items, keys, strict=True) if its_key not in held]


def _write(items: Sequence[Any]) -> None:
    """Items of one class, in one batch."""
    with type(items[0]).batch_write() as batch:
        for item in items:
            batch.save(item)


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(items), CHUNK):
        yield items[first : first + CHUNK]
