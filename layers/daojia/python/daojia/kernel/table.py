"""PynamoDB as this project uses it: one shared client, documents beside the keys, table names from the environment."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel
from pynamodb.attributes import Attribute
from pynamodb.connection.base import Connection
from pynamodb.connection.table import TableConnection
from pynamodb.constants import STRING
from pynamodb.models import Model

_Document = TypeVar("_Document", bound=BaseModel)

_REGION = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def table_name(variable: str) -> str:
    """The table an environment variable names; outside Lambda a readable stand-in (`ORDERS_TABLE` → `orders`)."""
    return os.environ.get(variable) or variable.removesuffix("_TABLE").lower()


class _Shared:
    """The one botocore client of the process: making another for each model costs a cold start 30 ms."""

    connection: ClassVar[Connection | None] = None

    @classmethod
    def get(cls) -> Connection:
        if cls.connection is None:
            cls.connection = Connection(
                region=_REGION, connect_timeout_seconds=2, read_timeout_seconds=5, max_pool_connections=32
            )
        return cls.connection


def connection() -> Connection:
    """The shared connection, for transactions."""
    return _Shared.get()


def forget_connections() -> None:
    """Drop the client and what models hold of it (tests change endpoints and credentials)."""
    _Shared.connection = None
    pending = [Table]
    while pending:
        model = pending.pop()
        model._connection = None  # pyright: ignore[reportPrivateUsage]
        pending.extend(model.__subclasses__())


class Table(Model):
    """Base of all items. Several item kinds may share a table; each is a subclass with the attributes it has."""

    if TYPE_CHECKING:  # the library's own declarations of these two are too narrow and too vague
        Meta: Any
        DoesNotExist: type[Exception]

    @classmethod
    def _get_connection(cls) -> TableConnection:
        fresh = cls._connection is None
        table = super()._get_connection()
        if fresh:
            table.connection._client = connection().client  # pyright: ignore[reportPrivateUsage]
        return table


def read_partition(
    kinds: Mapping[str, type[Table]], hash_key: str, *, first: str = " ", last: str = "~", limit: int = 1000
) -> list[Any]:
    """Up to `limit` items of one partition whose sort key lies between `first` and `last`, strongly consistent.

    One call unless they are more than DynamoDB answers at once (1 MB). `kinds` names the item class per sort-key
    prefix; items of other kinds are left out.
    """
    table: Any = next(iter(kinds.values()))
    raws: list[dict[str, Any]] = []
    after: dict[str, Any] | None = None
    while True:
        answer: dict[str, Any] = table._get_connection().query(
            hash_key,
            range_key_condition=table.sk.between(first, last),
            consistent_read=True,
            limit=limit - len(raws),
            exclusive_start_key=after,
        )
        raws += answer["Items"]
        after = answer.get("LastEvaluatedKey")
        if not after or len(raws) >= limit:
            break
    items: list[Any] = []
    for raw in raws:
        sort_key = str(raw["sk"]["S"])
        kind = next((kind for prefix, kind in kinds.items() if sort_key.startswith(prefix)), None)
        if kind is not None:
            items.append(kind.from_raw_data(raw))
    return items


class Document(Attribute[_Document], Generic[_Document]):
    """A pydantic value kept as one JSON string. What keys, conditions and indexes need has attributes of its own."""

    attr_type = STRING

    def __init__(self, model: type[_Document], **kwargs: Any) -> None:
        self.model = model
        super().__init__(**kwargs)

    def serialize(self, value: _Document) -> str:
        return value.model_dump_json(exclude_none=True)

    def deserialize(self, value: str) -> _Document:
        return self.model.model_validate_json(value)
