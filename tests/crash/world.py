"""The platform with everything around it, in memory: its functions are called as AWS would call them.

What a function sets going (stream, queue, workflows) waits until `carry_on` plays it, as AWS would do a moment later.
The clock stands still unless a scenario moves it.
"""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto

from daojia.catalogue import store as catalogue
from daojia.kernel import secrets
from daojia.kernel.ids import AccountId, account_id_of
from daojia.kernel.times import iso
from daojia.messaging.wechat_client import WeChatClient
from daojia.ordering.model import Order
from daojia.platform.tokens import CallerRole, access_token
from infra.local.simulators import wechat_pay_signing
from tests.crash import setting, tables
from tests.crash.boundary import Boundary, Point
from tests.crash.outside import Outside
from tests.crash.picture import order_in
from tests.crash.setting import ACCOUNT
from tests.store.api.world import event, function
from tests.unit.ordering.builders import NOW
from tests.unit.simulators.wechat_pay_stage import APPID, configuration

ROLES = {"customer": CallerRole.CUSTOMER, "provider": CallerRole.PROVIDER, "admin": CallerRole.ADMINISTRATOR}
CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=256, invoked_function_arn="arn:f", aws_request_id="r", log_stream_name="l"
)


def person(openid: str) -> AccountId:
    return account_id_of(APPID, openid)


class Pools:
    """The threads of a process; they end with it."""

    def __init__(self) -> None:
        self._pools: dict[Any, ThreadPoolExecutor] = {}

    def at(self, depth: int = -1) -> ThreadPoolExecutor:
        return self._pools.setdefault(depth, ThreadPoolExecutor(max_workers=16))

    def end(self) -> None:
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        self._pools.clear()


class World:
    """One per test session; every run starts from a snapshot."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.boundary, self.outside, self.pools = Boundary(), Outside(), Pools()
        self.now, self.attempt = NOW, 1
        self.reached: set[str] = set()
        """What was called, in the words of `completeness`."""
        self._platform = wechat_pay_signing.Platform(configuration())
        self._crypto = WeChatCrypto(ACCOUNT["token"], ACCOUNT["encoding_aes_key"], ACCOUNT["appid"])
        setting.settle_environment(self, patch)
        setting.stand_between_aws(self, patch)
        setting.stand_between_wechat(self, patch)
        setting.note_acts(self, patch)
        self.acting = self.refresh_token = ""
        self.known_version = 0
        tables.create()
        self.empty = self.saved()

    # -- a process ----------------------------------------------------------------------------------------------------

    @contextmanager
    def process(self, point: Point | None = None) -> Iterator[None]:
        """What is called inside is one cold-started process, which may die at a point."""
        self._forget()
        with self.boundary.process(point):
            try:
                yield
            finally:
                self.pools.end()

    def _forget(self) -> None:
        catalogue.forget()
        secrets.forget()
        client = WeChatClient.of_stage()
        client._token, client._token_until = "", 0.0

    # -- snapshots ----------------------------------------------------------------------------------------------------

    def saved(self) -> Any:
        return tables.saved(), deepcopy(self.outside), self.now, self._remembered()

    def put_back(self, snapshot: Any) -> None:
        kept, outside, self.now, (self.acting, self.refresh_token, self.known_version) = snapshot
        tables.put_back(kept)
        self.outside.__dict__.update(deepcopy(outside).__dict__)
        self.attempt = 1

    def _remembered(self) -> tuple[str, str, int]:
        return self.acting, self.refresh_token, self.known_version

    # -- who calls the platform ---------------------------------------------------------------------------------------

    def http(self, api: str, method: str, path: str, body: Any = None, *, by: str = "", key: str = "k") -> Any:
        """A request to one of the APIs; status and JSON."""
        headers = {"idempotency-key": key}
        if by:
            headers["authorization"] = f"Bearer {access_token(AccountId(by), ROLES[api], self.now)}"
        self.reached |= {f"{api}_api", f"{api} {method} {path}"}
        answer = function(f"{api}_api").handler(event(method, path, body=body, headers=headers), None)
        return answer["statusCode"], json.loads(answer["body"])

    def page(self, method: str, path: str) -> Any:
        self.reached |= {"pages", f"pages {method} {path.split('/')[1]}"}
        answer = function("pages").handler(event(method, path, headers={"accept": "application/json"}), None)
        return answer["statusCode"], json.loads(answer["body"])

    def chat(self, openid: str, text: str, message_id: int, *, event_name: str = "") -> str:
        """A message as WeChat delivers it, encrypted; the text of the answer."""
        self.reached.add("wechat")
        stamp = str(int(self.now.timestamp()))
        kind = f"<MsgType>event</MsgType><Event>{event_name}</Event><EventKey></EventKey>"
        if not event_name:
            kind = f"<MsgType>text</MsgType><Content><![CDATA[{text}]]></Content><MsgId>{message_id}</MsgId>"
        inner = (
            f"<xml><ToUserName>{ACCOUNT['original_id']}</ToUserName><FromUserName>{openid}</FromUserName>"
            f"<CreateTime>1790000000</CreateTime>{kind}</xml>"
        )
        fields = xmltodict.parse(self._crypto.encrypt_message(inner, "n", stamp))["xml"]
        signed = hashlib.sha1("".join(sorted((ACCOUNT["token"], stamp, "n"))).encode()).hexdigest()  # noqa: S324
        query = {"signature": signed, "timestamp": stamp, "nonce": "n", "encrypt_type": "aes"}
        query["msg_signature"] = fields["MsgSignature"]
        body = f"<xml><ToUserName>{ACCOUNT['original_id']}</ToUserName><Encrypt>{fields['Encrypt']}</Encrypt></xml>"
        answer = function("wechat").handler(event("POST", "/wechat", body=body, query=query), CONTEXT)
        assert answer["statusCode"] == 200, answer
        if answer["body"] == "success":
            return ""
        outer = xmltodict.parse(answer["body"])["xml"]
        opened = self._crypto.decrypt_message(answer["body"], outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
        return str(xmltodict.parse(opened)["xml"]["Content"])

    def notice(self, event_type: str, resource: dict[str, Any]) -> int:
        """A notice of WeChat Pay; the status of the answer."""
        self.reached |= {"payment_callbacks", f"notice {event_type.partition('.')[0]}"}
        sealed = self._platform.sealed(resource, "transaction")
        body = json.dumps(
            {"id": "1", "event_type": event_type, "resource_type": "encrypt-resource", "resource": sealed}
        )
        headers = self._platform.signed_headers(body.encode())
        return int(function("payment_callbacks").handler({"headers": headers, "body": body}, None)["statusCode"])

    def step(self, task: str, order: Order | None = None, **more: Any) -> dict[str, Any]:
        """A step of order_lifecycle or dispatch, or the sweep."""
        self.reached |= {"order_workflow", f"step {task}"}
        about = {"order_id": order.order_id} if order else {}
        return function("order_workflow").handler({"task": task, **about, **more}, None)

    def settle(self, task: str, **more: Any) -> dict[str, Any]:
        self.reached |= {"settlement", f"settlement {task}"}
        return function("settlement").handler({"task": task, **more}, None)

    # -- what AWS plays by itself -------------------------------------------------------------------------------------

    def carry_on(self, *, bank: bool = True) -> None:
        """Stream, workflows and queue until nothing is left to do; with `bank`, refunds under way arrive."""
        while self._undelivered() or self.outside.machine.ready or self.outside.queue or (bank and self._refunding()):
            self.stream()
            self.drive()
            self.deliver()
            if bank:
                self.refunds_arrive()

    def stream(self) -> None:
        """All events the stream has not delivered, in one batch, in order."""
        records = self._undelivered()
        if not records:
            return
        self.reached.add("order_events")
        answer = function("order_events").handler({"Records": list(records.values())}, CONTEXT)
        assert answer == {"batchItemFailures": []}
        self.outside.delivered |= set(records)

    def _undelivered(self) -> dict[tuple[str, str], dict[str, Any]]:
        found = {(raw["order_id"]["S"], raw["sk"]["S"]): raw for raw in tables.items("orders")}
        fresh = [key for key in sorted(found) if key[1].startswith("EVENT#") and key not in self.outside.delivered]
        return {key: _record(found[key]) for key in fresh}

    def deliver(self) -> None:
        """All messages that wait, in batches of ten."""
        while self.outside.queue:
            batch = self.outside.queue[:10]
            self.reached.add("notifications")
            records = [
                {"messageId": str(index), "body": json.dumps(message), "eventSource": "aws:sqs", "attributes": {}}
                for index, message in enumerate(batch)
            ]
            assert function("notifications").handler({"Records": records}, CONTEXT) == {"batchItemFailures": []}
            del self.outside.queue[: len(batch)]

    def drive(self) -> None:
        """Executions that have a step to take go on until they wait (order_lifecycle with dispatch inside)."""
        while self.outside.machine.ready:
            self._run(self.outside.machine.ready.pop(0))

    def _run(self, execution: str) -> None:
        order = self.order_of(self.outside.machine.executions[execution])
        told = self.step("read", order)
        if told["wait"] == "REFUND":
            told = self.step("refund", order)
        waiter = "lifecycle"
        if told["wait"] == "DISPATCH":
            waiter, told = "dispatch", self.step("offer_wave", order)
            if told["outcome"] == "EXHAUSTED":
                told = self.step("escalate", order)
        if told["wait"] != "CLOSED":
            self.park(execution, order, told, waiter)

    def park(self, execution: str, order: Order, told: dict[str, Any], waiter: str = "lifecycle") -> None:
        machine = self.outside.machine
        token = f"{execution}/{len(machine.tokens)}"
        machine.hold(execution, token)
        about = {"version": told["version"], "seconds": told["seconds"], "entered": iso(self.now)}
        self.step("await", order, waiter=waiter, token=token, **about)

    def refunds_arrive(self) -> None:
        for refund in self._refunding():
            assert self.refund_arrives(refund) == 204

    def refund_arrives(self, refund: dict[str, Any]) -> int:
        refund["status"] = "SUCCESS"
        return self.notice("REFUND.SUCCESS", {**refund, "refund_status": "SUCCESS"})

    def _refunding(self) -> list[dict[str, Any]]:
        return [each for each in self.outside.bank.refunds.values() if each["status"] == "PROCESSING"]

    def time_out(self) -> str | None:
        """The execution that waits for the latest order is out of patience; it, to be made `ready` by its step."""
        machine = self.outside.machine
        waiting = [token for token, state in machine.tokens.items() if state == "waiting"]
        if not waiting:
            return None
        machine.tokens[waiting[-1]] = "timed out"
        return machine.holders[waiting[-1]]

    # -- looking ------------------------------------------------------------------------------------------------------

    @property
    def order(self) -> Order:
        """The order placed last."""
        return max(self.orders, key=lambda order: order.order_id)

    @property
    def orders(self) -> list[Order]:
        return [order_in(raw) for raw in tables.items("orders") if raw["sk"]["S"] == "ORDER"]

    def order_of(self, order_id: str) -> Order:
        return next(order for order in self.orders if order.order_id == order_id)


def _record(image: tables.Raw) -> dict[str, Any]:
    keys = {name: image[name] for name in ("order_id", "sk")}
    return {
        "eventID": "1",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": keys, "NewImage": image, "SequenceNumber": "1", "StreamViewType": "NEW_IMAGE"},
    }
