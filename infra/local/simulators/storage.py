"""What a simulator remembers: JSON documents, switches and logs in one SQLite file, and a clock that can be moved.

Everything is written before it is answered, so a restart goes on where it stopped. Instants are epoch seconds.
"""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
_TABLES = """
CREATE TABLE IF NOT EXISTS documents (
  position INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, grouped_by TEXT NOT NULL,
  body TEXT NOT NULL, UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS by_group ON documents (kind, grouped_by);
CREATE TABLE IF NOT EXISTS logs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, log TEXT NOT NULL, about TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_log ON logs (log, about, seq);
"""


class Record(Protocol):
    """A dataclass that can be kept: `KIND` and `key` name it, `group` is what lists are made by."""

    KIND: ClassVar[str]

    @property
    def key(self) -> str: ...
    @property
    def group(self) -> str: ...


R = TypeVar("R", bound=Record)


class Store:
    """SQLite at `path`; not thread-safe: one event loop owns it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_TABLES)

    # Documents

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

    def recall(self, kind: str, key: str, *, now: float) -> Any:
        """What was remembered under a key (see `remember`); None if nothing was, or it is forgotten by now."""
        self._db.execute("DELETE FROM documents WHERE kind=? AND grouped_by<?", (kind, _until(now)))
        row = self._db.execute("SELECT body FROM documents WHERE kind=? AND id=?", (kind, key)).fetchone()
        return json.loads(row[0]) if row else None

    def remember(self, kind: str, key: str, body: Any, *, until: float) -> None:
        """Remember something for a while, such as a nonce that must not be used twice."""
        self._put(kind, key, _until(until), body)

    def setting(self, name: str, default: Any) -> Any:
        row = self._db.execute("SELECT body FROM documents WHERE kind='setting' AND id=?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def set(self, name: str, value: Any) -> None:
        self._put("setting", name, "", value)

    # Logs

    def append(self, log: str, about: str, body: dict[str, Any]) -> int:
        """Add an entry to a log; its sequence number, which grows over all logs."""
        cursor = self._db.execute(
            "INSERT INTO logs (log, about, body) VALUES (?,?,?)", (log, about, json.dumps(body, ensure_ascii=False))
        )
        return int(cursor.lastrowid or 0)

    def read(
        self, log: str, *, since: int = 0, about: tuple[str, ...] = (), limit: int = 1000, newest: bool = False
    ) -> "list[tuple[int, str, dict[str, Any]]]":
        """Entries after `since`, oldest first (or newest first): number, what it is about, content."""
        query, values = "SELECT seq, about, body FROM logs WHERE log=? AND seq>?", [log, since]
        if about:
            query, values = query + f" AND about IN ({','.join('?' * len(about))})", [*values, *about]
        rows = self._db.execute(query + f" ORDER BY seq {'DESC' if newest else 'ASC'} LIMIT ?", [*values, limit])
        return [(seq, topic, json.loads(body)) for seq, topic, body in rows]

    # All of it

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


def _until(instant: float) -> str:
    return f"{instant:015.3f}"


class Clock:
    """The service's time of business, movable by a control so that a test need not wait for tomorrow."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> float:
        return time.time() + self.offset_seconds

    def at(self) -> datetime:
        return datetime.fromtimestamp(self.now(), CHINA)

    @property
    def offset_seconds(self) -> float:
        return float(self._store.setting("clock_offset_seconds", 0))

    def move(self, offset_seconds: float) -> None:
        self._store.set("clock_offset_seconds", offset_seconds)

    @staticmethod
    def rfc3339(epoch: float) -> str:
        return datetime.fromtimestamp(int(epoch), CHINA).isoformat()


class Settings:
    """Switches, kept across restarts; an unknown name, another type or a value not allowed raises ValueError."""

    def __init__(
        self, store: Store, defaults: Mapping[str, Any], choices: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self._store = store
        self._defaults = defaults
        self._choices = choices or {}

    def __getitem__(self, name: str) -> Any:
        return self._store.setting(f"switch:{name}", self._defaults[name])

    def all(self) -> dict[str, Any]:
        return {name: self[name] for name in self._defaults}

    def change(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        for name, value in changes.items():
            if name not in self._defaults or type(value) is not type(self._defaults[name]):
                raise ValueError(f"unknown switch or wrong type: {name}")
            if isinstance(value, int) and value < 0:
                raise ValueError(f"{name} must not be negative")
            if name in self._choices and value not in self._choices[name]:
                raise ValueError(f"{name} must be one of {', '.join(self._choices[name])}")
        with self._store.together():
            for name, value in changes.items():
                self._store.set(f"switch:{name}", value)
        return self.all()
