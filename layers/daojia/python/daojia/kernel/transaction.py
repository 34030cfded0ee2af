"""One decision, one transaction.

A use case adds its writes to the `Transaction` it is given and does not commit; the entry point adds what belongs to
the request itself (the idempotency record, the conversation's new state) and commits everything at once.

Writing rule: whoever changes an item states the condition under which the decision was right, and the error to raise
when it no longer holds. A condition that fails therefore explains itself.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactGet, TransactWrite

from daojia.kernel.errors import BusyError, ChangedMeanwhileError, DaojiaError
from daojia.kernel.table import Table, connection

ATTEMPTS: Final = 8
MAX_WRITES: Final = 100
"""DynamoDB's limit on one transaction."""

_Result = TypeVar("_Result")
Otherwise = DaojiaError | Callable[[], DaojiaError]


@dataclass(frozen=True)
class _Write:
    add: Callable[[TransactWrite], None]
    rank: int  # PynamoDB sends checks, deletes, puts, updates in this order; reasons come back in the same order
    otherwise: Otherwise | None


class Transaction:
    """Writes that happen together or not at all.

    `commit()` raises the `otherwise` of the first write whose condition failed. When another transaction touches the
    same items at the same moment DynamoDB refuses one of them; that one tries again up to 8 times, then `BusyError`.
    """

    def __init__(self) -> None:
        self._writes: list[_Write] = []
        self._after: list[Callable[[], None]] = []
        self.refusal: DaojiaError | None = None
        """The error `commit` raises once everything is written, see `refuse`."""

    def __len__(self) -> int:
        return len(self._writes)

    def put(self, item: Table, *, condition: Condition | None = None, otherwise: Otherwise | None = None) -> None:
        """Write a whole item."""
        self._writes.append(_Write(lambda tx: tx.save(item, condition=condition), 2, otherwise))

    def update(
        self,
        item: Table,
        actions: list[Action],
        *,
        condition: Condition | None = None,
        otherwise: Otherwise | None = None,
    ) -> None:
        """Change attributes of the item with `item`'s key; it is created when missing unless the condition forbids."""
        self._writes.append(_Write(lambda tx: tx.update(item, actions, condition=condition), 3, otherwise))

    def delete(self, item: Table, *, condition: Condition | None = None, otherwise: Otherwise | None = None) -> None:
        """Remove the item with `item`'s key."""
        self._writes.append(_Write(lambda tx: tx.delete(item, condition=condition), 1, otherwise))

    def check(
        self,
        table: type[Table],
        hash_key: str,
        range_key: str | None = None,
        *,
        condition: Condition,
        otherwise: Otherwise,
    ) -> None:
        """Demand something of an item this transaction does not change."""
        self._writes.append(_Write(lambda tx: tx.condition_check(table, hash_key, range_key, condition), 0, otherwise))

    def after_commit(self, action: Callable[[], None]) -> None:
        """Something cheap to do once committed (refresh a cache). Correctness never depends on it."""
        self._after.append(action)

    def refuse(self, error: DaojiaError) -> None:
        """Refuse, but keep what is written: `commit` writes everything and then raises `error`.

        For refusals that leave a trace, such as a wrong arrival code, which counts.
        """
        self.refusal = error

    def commit(self) -> None:
        """Write everything, once; then raise the refusal, if there is one. Nothing to write is no call at all."""
        if self._writes:
            self._write()
        if self.refusal is not None:
            raise self.refusal

    def _write(self) -> None:
        ordered = sorted(self._writes, key=lambda write: write.rank)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with TransactWrite(connection=connection()) as writes:
                    for write in ordered:
                        write.add(writes)
            except TransactWriteError as error:
                _explain(error, ordered)
                if attempt == ATTEMPTS:
                    raise BusyError from error
                time.sleep(random.uniform(0.005, 0.02) * 2**attempt)
            else:
                break
        for action in self._after:
            action()


def committed(decide: Callable[[Transaction], _Result], *, attempts: int = 3) -> _Result:
    """Decide and commit; when something changed between reading and writing, read and decide afresh.

    `decide` gets an empty transaction, adds its writes and returns the result. After `attempts` rounds the last
    `ChangedMeanwhileError` is raised.
    """
    for attempt in range(1, attempts + 1):
        tx = Transaction()
        try:
            result = decide(tx)
            tx.commit()
        except ChangedMeanwhileError:
            if attempt == attempts:
                raise
        else:
            return result
    raise AssertionError("unreachable")


def _explain(error: TransactWriteError, ordered: list[_Write]) -> None:
    """Raise what the failed condition means; return if the transaction merely met another one."""
    reasons = error.cancellation_reasons
    for write, reason in zip(ordered, reasons, strict=False):
        if reason is not None and reason.code == "ConditionalCheckFailed":
            if write.otherwise is None:
                raise error
            raise (write.otherwise if isinstance(write.otherwise, DaojiaError) else write.otherwise()) from error
    codes = {reason.code for reason in reasons if reason is not None}
    transient = codes & {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
    if not transient and error.cause_response_code != "TransactionInProgressException":
        raise error


def snapshot(*keys: tuple[type[Table], str, str | None]) -> list[Any]:
    """Read up to 100 items of any tables in one consistent call: (item class, hash key, range key) each.

    Gives the items in the same order, None for those that do not exist.
    """
    with TransactGet(connection=connection()) as reads:
        futures = [reads.get(table, hash_key, range_key) for table, hash_key, range_key in keys]
    found: list[Any] = []
    for (table, _, _), future in zip(keys, futures, strict=True):
        try:
            found.append(future.get())
        except table.DoesNotExist:
            found.append(None)
    return found
