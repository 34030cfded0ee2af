"""Every command once: the answer is written with the decision and given again to whoever repeats the command.

The record is not read before deciding. A repetition shows itself: either the domain refuses it (the order was
cancelled already) or the commit meets the record. Only then is it looked up, so the common case costs no extra call.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from daojia.kernel.errors import ChangedMeanwhileError, ConflictError, DaojiaError, KeyReusedError
from daojia.kernel.sealed import seal, unseal
from daojia.kernel.table import Table, table_name
from daojia.kernel.times import seconds
from daojia.kernel.transaction import Transaction

REMEMBERED: Final = timedelta(days=30)
"""How long a command is remembered."""
ROUNDS: Final = 3

Answer = dict[str, Any]


class KeySeenError(ConflictError):
    """The same command was written at this very moment by somebody else: its answer is there to be read."""

    code = "CONFLICT"


class CommandItem(Table):
    """A command that was carried out, with its answer (or the refusal that was written down), encrypted."""

    class Meta:
        table_name = table_name("COMMANDS_TABLE")

    key = UnicodeAttribute(hash_key=True)
    payload_hash = UnicodeAttribute()
    answer = UnicodeAttribute()
    expires_at = NumberAttribute()

    def replay(self, payload: str) -> Answer:
        """The answer given before; a refusal given before is raised again. KeyReusedError for another payload."""
        if self.payload_hash != hash_of(payload):
            raise KeyReusedError
        stored: dict[str, Any] = json.loads(unseal(self.answer))
        if "refusal" in stored:
            raise _refusal_of(stored["refusal"])
        return stored["answer"]


def hash_of(payload: str) -> str:
    """What is kept of a command's payload to tell a repetition from something else under the same key."""
    return hashlib.sha256(payload.encode()).hexdigest()


def find(key: str) -> CommandItem | None:
    """The record of a command, strongly consistent."""
    try:
        return CommandItem.get(key, consistent_read=True)
    except CommandItem.DoesNotExist:
        return None


def remember(tx: Transaction, key: str, payload: str, answer: Answer, *, now: datetime) -> None:
    """Add the command's record to its transaction, or, if `tx` ends in a refusal, the record of that.

    KeySeenError when the key has a record by then.
    """
    refusal = tx.refusal
    stored = {"answer": answer} if refusal is None else {"refusal": _described(refusal)}
    item = CommandItem(
        key=key,
        payload_hash=hash_of(payload),
        answer=seal(json.dumps(stored, ensure_ascii=False, separators=(",", ":"))),
        expires_at=seconds(now + REMEMBERED),
    )
    tx.put(item, condition=CommandItem.key.does_not_exist(), otherwise=KeySeenError())


def run(key: str, payload: str, decide: Callable[[Transaction], Answer], *, now: datetime) -> Answer:
    """Carry out a command once: `decide` adds its writes to a fresh transaction and returns the JSON-able answer.

    Called again with the same key and payload, the answer is the same and nothing is written; with another payload
    KeyReusedError. When something changed between reading and writing, it is decided afresh, three times at most.
    """
    for round_left in reversed(range(ROUNDS)):
        tx = Transaction()
        try:
            answer = decide(tx)
            remember(tx, key, payload, answer, now=now)
            tx.commit()
        except DaojiaError as error:
            if error is tx.refusal:
                raise
            if (record := find(key)) is not None:
                return record.replay(payload)
            if not isinstance(error, ChangedMeanwhileError) or not round_left:
                raise
        else:
            return answer
    raise AssertionError("unreachable")


def _described(error: DaojiaError) -> dict[str, Any]:
    return {"code": error.code, "http_status": error.http_status, "details": error.details}


def _refusal_of(stored: dict[str, Any]) -> DaojiaError:
    """The refusal as it was raised: its class where it is known here, else one with the same code and status."""
    code = str(stored["code"])
    pending: list[type[DaojiaError]] = [DaojiaError]
    while pending:
        kind = pending.pop()
        if kind.code == code and "code" in vars(kind) and kind.__init__ is DaojiaError.__init__:
            return kind(**stored["details"])
        pending.extend(kind.__subclasses__())
    anonymous = type("StoredRefusalError", (DaojiaError,), {"code": code, "http_status": stored["http_status"]})
    return anonymous(**stored["details"])
