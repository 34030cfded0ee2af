"""What the channel remembers: orders, refunds, transfers, undelivered callbacks, its clock and its switches.

One SQLite table of JSON documents. Everything is written before it is answered, so a restart goes on where it stopped.
Instants are epoch seconds; those of business (paid, refunded, due) follow the movable clock, those of delivery the real.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


class Record(Protocol):
    """A dataclass that can be kept: `KIND` and `key` name it, `group` is what lists are made by."""

    KIND: ClassVar[str]

    @property
    def key(self) -> str: ...
    @property
    def group(self) -> str: ...


R = TypeVar("R", bound=Record)


@dataclass
class Order:
    """A JSAPI order. `request` is the checked body of the first request."""

    KIND: ClassVar[str] = "order"
    request: dict[str, Any]
    created_at: float
    state: str = "NOTPAY"  # NOTPAY PAYERROR SUCCESS REFUND CLOSED
    transaction_id: str = ""
    paid_at: float = 0

    @property
    def key(self) -> str:
        return str(self.request["out_trade_no"])

    @property
    def group(self) -> str:
        return self.transaction_id

    @property
    def total_fen(self) -> int:
        return int(self.request["amount"]["total"])

    @property
    def expires_at(self) -> float | None:
        expiry = self.request["time_expire"]
        return datetime.fromisoformat(expiry).timestamp() if expiry else None


@dataclass
class Prepay:
    """A prepay_id: the ticket for one pay sheet, good for two hours."""

    KIND: ClassVar[str] = "prepay"
    prepay_id: str
    out_trade_no: str
    created_at: float

    @property
    def key(self) -> str:
        return self.prepay_id

    @property
    def group(self) -> str:
        return self.out_trade_no


@dataclass
class Refund:
    """A refund; money leaves the merchant when it is accepted, and comes back if it ends CLOSED."""

    KIND: ClassVar[str] = "refund"
    request: dict[str, Any]
    out_trade_no: str
    transaction_id: str
    refund_id: str
    created_at: float
    outcome: str = "SUCCESS"  # what it will become
    status: str = "PROCESSING"  # PROCESSING SUCCESS ABNORMAL CLOSED
    ended_at: float = 0

    @property
    def key(self) -> str:
        return str(self.request["out_refund_no"])

    @property
    def group(self) -> str:
        return self.out_trade_no

    @property
    def refund_fen(self) -> int:
        return int(self.request["amount"]["refund"])


@dataclass
class Transfer:
    """A merchant transfer that its receiver must confirm."""

    KIND: ClassVar[str] = "transfer"
    request: dict[str, Any]
    transfer_bill_no: str
    package_info: str
    created_at: float
    updated_at: float
    state: str = "WAIT_USER_CONFIRM"  # … TRANSFERING SUCCESS FAIL CANCELING CANCELLED
    fail_reason: str = ""

    @property
    def key(self) -> str:
        return str(self.request["out_bill_no"])

    @property
    def group(self) -> str:
        return str(self.request["openid"])

    @property
    def amount_fen(self) -> int:
        return int(self.request["transfer_amount"])


@dataclass
class Callback:
    """A notice to the merchant; `group` is `waiting` until it was accepted or given up."""

    KIND: ClassVar[str] = "callback"
    id: str
    event_type: str
    summary: str
    original_type: str
    resource: dict[str, Any]
    url: str
    create_time: str
    next_at: float  # real time
    state: str = "waiting"  # waiting accepted given_up
    attempts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.id

    @property
    def group(self) -> str:
        return self.state


@dataclass
class Job:
    """Something the channel will do by itself at `at` (business time): settle a refund, lapse a transfer."""

    KIND: ClassVar[str] = "job"
    name: str
    action: str
    subject: str
    at: float

    @property
    def key(self) -> str:
        return self.name

    @property
    def group(self) -> str:
        return ""


class Store:
    """SQLite at `path`; not thread-safe: one event loop owns it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS documents (position INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
            " id TEXT NOT NULL, grouped_by TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, id))"
        )
        self._db.execute("CREATE INDEX IF NOT EXISTS by_group ON documents (kind, grouped_by)")

    def save(self, record: Record) -> None:
        self._put(record.KIND, record.key, record.group, asdict(record))  # type: ignore[call-overload]

    def load(self, of: type[R], key: str) -> R | None:
        row = self._db.execute("SELECT body FROM documents WHERE kind=? AND id=?", (of.KIND, key)).fetchone()
        return of(**json.loads(row[0])) if row else None

    def list(self, of: type[R], group: str | None = None) -> list[R]:
        """All records of a kind in order of creation, or those of one group."""
        query, values = "SELECT body FROM documents WHERE kind=?", [of.KIND]
        if group is not None:
            query, values = query + " AND grouped_by=?", [*values, group]
        return [of(**json.loads(body)) for (body,) in self._db.execute(query + " ORDER BY position", values)]

    def remove(self, record: Record) -> None:
        self._db.execute("DELETE FROM documents WHERE kind=? AND id=?", (record.KIND, record.key))

    def seen_nonce(self, nonce: str, *, keep_until: float, now: float) -> bool:
        """Remember a request's nonce; True if it was used before. Old ones are forgotten."""
        self._db.execute("DELETE FROM documents WHERE kind='nonce' AND grouped_by<?", (f"{now:015.3f}",))
        row = self._db.execute("SELECT 1 FROM documents WHERE kind='nonce' AND id=?", (nonce,)).fetchone()
        if not row:
            self._put("nonce", nonce, f"{keep_until:015.3f}", {})
        return bool(row)

    def setting(self, name: str, default: Any) -> Any:
        row = self._db.execute("SELECT body FROM documents WHERE kind='setting' AND id=?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def set(self, name: str, value: Any) -> None:
        self._put("setting", name, "", value)

    @contextmanager
    def together(self) -> Iterator[None]:
        """All writes inside are kept or none; inside another one it is part of that."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()

    def _put(self, kind: str, key: str, group: str, body: Any) -> None:
        self._db.execute(
            "INSERT INTO documents (kind, id, grouped_by, body) VALUES (?,?,?,?)"
            " ON CONFLICT (kind, id) DO UPDATE SET grouped_by=excluded.grouped_by, body=excluded.body",
            (kind, key, group, json.dumps(body, ensure_ascii=False)),
        )


class Clock:
    """The channel's time of business, movable by a control so that a test need not wait for tomorrow's bill."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> float:
        return time.time() + float(self._store.setting("clock_offset_seconds", 0))

    def at(self) -> datetime:
        return datetime.fromtimestamp(self.now(), CHINA)

    @staticmethod
    def rfc3339(epoch: float) -> str:
        return datetime.fromtimestamp(int(epoch), CHINA).isoformat()


DEFAULT_SETTINGS: dict[str, Any] = {
    "refund_delay_ms": 300,  # from accepted to its end
    "refund_outcome": "SUCCESS",  # or ABNORMAL, CLOSED: what refunds accepted from now on become
    "transfer_delay_ms": 100,  # from the receiver's confirmation (or a cancellation) to the end
    "transfer_lapse_seconds": 86_400,  # a transfer not confirmed by then fails
    "check_balance": False,  # refuse refunds and transfers beyond the merchant's balance with NOT_ENOUGH
    "opening_balance_fen": 0,
    "fee_basis_points": 0,  # the channel's own fee, as it appears in the bills
}


class Settings:
    """Switches, kept across restarts; an unknown name or a value of another type raises ValueError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getitem__(self, name: str) -> Any:
        return self._store.setting(f"switch:{name}", DEFAULT_SETTINGS[name])

    def all(self) -> dict[str, Any]:
        return {name: self[name] for name in DEFAULT_SETTINGS}

    def change(self, changes: dict[str, Any]) -> dict[str, Any]:
        for name, value in changes.items():
            if name not in DEFAULT_SETTINGS or type(value) is not type(DEFAULT_SETTINGS[name]):
                raise ValueError(f"unknown switch or wrong type: {name}")
            if isinstance(value, int) and value < 0:
                raise ValueError(f"{name} must not be negative")
            if name == "refund_outcome" and value not in ("SUCCESS", "ABNORMAL", "CLOSED"):
                raise ValueError("refund_outcome must be SUCCESS, ABNORMAL or CLOSED")
        with self._store.together():
            for name, value in changes.items():
                self._store.set(f"switch:{name}", value)
        return self.all()
