"""Messages from the queue to people, one by one; what cannot be sent now stays in the queue."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from daojia.kernel.times import now as clock
from daojia.messaging.delivery import Outcome, deliver
from daojia.messaging.model import Kind, Message
from daojia.messaging.wechat_client import WeChatClient
from daojia.platform.observability import logger, metrics

processor = BatchProcessor(event_type=EventType.SQS)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    try:
        return dict(process_partial_response(event=event, record_handler=tell, processor=processor, context=context))
    finally:
        metrics.flush_metrics()


def tell(record: Any) -> None:
    """One message; raising leaves it in the queue."""
    message = Message.model_validate_json(record.body)
    about = {"kind": message.kind.value, "order_id": message.order_id, "message_id": message.message_id}
    if message.kind is Kind.NOTICE:
        logger.warning("administrators are needed", **about, event_name=message.facts.get("event"))
        metrics.add_metric(name="AdministratorNotices", unit="Count", value=1)
        return
    outcome = deliver(message, WeChatClient.of_stage(), clock())
    level = logger.warning if outcome is Outcome.UNDELIVERABLE else logger.info
    level("message dealt with", **about, outcome=outcome.value)
    metrics.add_metric(name=f"Messages{outcome.value}", unit="Count", value=1)
