"""The stream of order events: wake the workflow, send the messages, clear the desks. At least once, in order.

Everything here may happen twice: tokens answer once, executions have names, messages have ids, deletes are deletes.
"""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from daojia.dispatch.store import OfferItem
from daojia.kernel.times import now as clock
from daojia.messaging.outbox import enqueue
from daojia.messaging.rules import messages_for
from daojia.ordering import store, workflow
from daojia.ordering.model import Event, Order, State
from daojia.ordering.store import EventItem
from daojia.platform.observability import logger

processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return dict(process_partial_response(event=event, record_handler=carry_on, processor=processor, context=context))


def carry_on(record: Any) -> None:
    """One stream record; anything but a new event item is of no interest."""
    image = record.raw_event["dynamodb"].get("NewImage")
    if record.raw_event["eventName"] != "INSERT" or not image or not image["sk"]["S"].startswith("EVENT#"):
        return
    event: Event = EventItem.from_raw_data(image).body
    order = store.get(event.order_id)
    logger.info(event.name, order_id=order.order_id, version=event.version)
    wake(event, order)
    enqueue(messages_for(event, order))
    clear_desks(event, order)


def wake(event: Event, order: Order) -> None:
    """The first event starts the workflow; later ones answer it. One that died is started afresh.

    A payment on a dead order comes after the workflow has ended: it starts a new one that sends the money back.
    """
    start = partial(workflow.start_lifecycle, order.order_id, event.version)
    if event.name in ("OrderPlaced", "LatePaymentReceived"):
        start()
    else:
        workflow.resume(order, clock(), start)


def clear_desks(event: Event, order: Order) -> None:
    """Once nobody can take the order any more, the offers of those who did not get it go.

    If a new search has begun by now (the provider withdrew at once), the offers on the desks are its offers.
    """
    if event.name not in ("OrderAccepted", "OrderCancelled") or order.state is State.PENDING_ACCEPTANCE:
        return
    losers = [each for each in order.offered if each != order.provider_id or order.state is State.CANCELLED]
    with OfferItem.batch_write() as batch:
        for provider_id in losers:
            batch.delete(OfferItem(provider_id=provider_id, sk=f"OFFER#{order.number}"))
