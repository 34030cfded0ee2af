"""The queue of messages: whoever decides that people are to be told puts them here."""

import os
from collections.abc import Sequence
from typing import Any, Final

from daojia.kernel.aws import client
from daojia.kernel.errors import UnavailableError
from daojia.messaging.model import Message

BATCH_MAX: Final = 10
"""SQS's limit on one SendMessageBatch."""


def enqueue(messages: Sequence[Message]) -> None:
    """Queue messages; each may arrive more than once and is still told once (`message_id`).

    UnavailableError when SQS does not take all of them: queueing all again is right.
    """
    for first in range(0, len(messages), BATCH_MAX):
        entries = [
            {"Id": str(index), "MessageBody": message.model_dump_json()}
            for index, message in enumerate(messages[first : first + BATCH_MAX])
        ]
        answer: dict[str, Any] = client("sqs").send_message_batch(
            QueueUrl=os.environ["NOTIFICATIONS_QUEUE_URL"], Entries=entries
        )
        if failed := answer.get("Failed"):
            raise UnavailableError(call="sqs:SendMessageBatch", failed=len(failed))
