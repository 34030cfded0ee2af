"""What the platform talks to besides its tables: WeChat, WeChat Pay, the queue and the workflow service, in memory.

Each keeps only what somebody outside would remember, is copied with `copy.deepcopy`, and survives the crash of a
process. All requests go through `Boundary.call`.
"""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.crash.boundary import Boundary


@dataclass
class Bank:
    """WeChat Pay's books: what it was asked for, by the merchant's numbers. Amounts in fen."""

    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    transfers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def pay(self, out_trade_no: str, amount_fen: int, paid_at: str) -> dict[str, Any]:
        """The customer pays; the resource of the notice."""
        paid = {
            "out_trade_no": out_trade_no,
            "transaction_id": f"42{out_trade_no}",
            "trade_state": "SUCCESS",
            "success_time": paid_at,
            "amount": {"total": amount_fen, "payer_total": amount_fen, "currency": "CNY"},
        }
        self.payments[out_trade_no] = paid
        return paid

    @property
    def held_fen(self) -> int:
        """What the merchant should have at the channel."""
        came = sum(each["amount"]["total"] for each in self.payments.values() if each["trade_state"] == "SUCCESS")
        back = sum(each["amount"]["refund"] for each in self.refunds.values() if each["status"] == "SUCCESS")
        out = sum(each["transfer_amount"] for each in self.transfers.values() if each["state"] == "SUCCESS")
        return came - back - out


@dataclass
class People:
    """What reached people's WeChat; a card with a known `client_msg_id` is dropped, as WeChat does."""

    cards: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    texts: list[tuple[str, str]] = field(default_factory=list)
    short_messages: dict[str, str] = field(default_factory=dict)
    """The last log-in code each number got."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    """What each log-in code of the mini-program leads to; good once."""


@dataclass
class Machine:
    """Step Functions: executions by name, and what became of each task token."""

    executions: dict[str, str] = field(default_factory=dict)
    ready: list[str] = field(default_factory=list)
    """Executions that have a step to take."""
    tokens: dict[str, str] = field(default_factory=dict)
    """`waiting`, `succeeded`, `failed` or `timed out`."""
    holders: dict[str, str] = field(default_factory=dict)
    """The execution that waits with a token."""

    def hold(self, execution: str, token: str) -> None:
        """An execution enters a state that waits for its token."""
        self.tokens[token], self.holders[token] = "waiting", execution


@dataclass
class Outside:
    """Everything together."""

    bank: Bank = field(default_factory=Bank)
    people: People = field(default_factory=People)
    machine: Machine = field(default_factory=Machine)
    queue: list[dict[str, Any]] = field(default_factory=list)
    """Messages that wait."""
    queued: set[str] = field(default_factory=set)
    """The ids of all messages that ever were on the queue."""
    delivered: set[tuple[str, str]] = field(default_factory=set)
    """The events that the stream has delivered."""

    # -- AWS --------------------------------------------------------------------------------------------------------

    def start_execution(self, *, name: str, input: str, **_: Any) -> dict[str, Any]:  # noqa: A002 - its AWS name
        if name in self.machine.executions:
            raise _refused("StartExecution", "ExecutionAlreadyExists")
        self.machine.executions[name] = json.loads(input)["order_id"]
        self.machine.ready.append(name)
        return {"executionArn": f"arn:{name}"}

    def send_task_success(self, *, taskToken: str, output: str) -> dict[str, Any]:  # noqa: N803
        assert json.loads(output)["order_id"]
        self._answer(taskToken, "succeeded", "SendTaskSuccess")
        self.machine.ready.append(self.machine.holders[taskToken])
        return {}

    def send_task_failure(self, *, taskToken: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        self._answer(taskToken, "failed", "SendTaskFailure")
        return {}

    def _answer(self, token: str, how: str, operation: str) -> None:
        if self.machine.tokens.get(token) != "waiting":
            raise _refused(operation, "TaskTimedOut")
        self.machine.tokens[token] = how

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert len({entry["Id"] for entry in Entries}) == len(Entries) <= 10
        for entry in Entries:
            message = json.loads(entry["MessageBody"])
            self.queue.append(message)
            self.queued.add(message["message_id"])
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}


AWS = {
    ("stepfunctions", "StartExecution"): "start_execution",
    ("stepfunctions", "SendTaskSuccess"): "send_task_success",
    ("stepfunctions", "SendTaskFailure"): "send_task_failure",
    ("sqs", "SendMessageBatch"): "send_message_batch",
}


def _refused(operation: str, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


# -- WeChat Pay --------------------------------------------------------------------------------------------------------

Answer = tuple[int, str]


class BankCounter:
    """The requests of the library `wechatpayv3`, answered from the bank's books; signatures are the library's own."""

    def __init__(self, outside: Outside, boundary: Boundary, library: Any) -> None:
        self._outside, self._boundary = outside, boundary
        self.sign, self.callback = library.sign, library.callback

    @property
    def _bank(self) -> Bank:
        return self._outside.bank

    def _request(self, name: str, answer: Any) -> Answer:
        def answered() -> Answer:
            status, content = answer()
            return status, json.dumps(content) if content is not None else ""

        return self._boundary.call(f"wechat-pay:{name}", answered)

    def pay(self, *, out_trade_no: str, amount: dict[str, Any], **_: Any) -> Answer:
        def prepaid() -> tuple[int, dict[str, Any]]:
            known = {"out_trade_no": out_trade_no, "trade_state": "NOTPAY", "amount": amount}
            self._bank.payments.setdefault(out_trade_no, known)
            return 200, {"prepay_id": f"wx{out_trade_no}"}

        return self._request("prepay", prepaid)

    def query(self, *, out_trade_no: str) -> Answer:
        return self._request("query", lambda: _found(self._bank.payments, out_trade_no, "ORDER_NOT_EXIST"))

    def close(self, out_trade_no: str) -> Answer:
        def closed() -> tuple[int, dict[str, Any] | None]:
            payment = self._bank.payments[out_trade_no]
            if payment["trade_state"] == "SUCCESS":
                return 400, {"code": "ORDERPAID", "message": "paid"}
            payment["trade_state"] = "CLOSED"
            return 204, None

        return self._request("close", closed)

    def refund(self, *, out_refund_no: str, out_trade_no: str, amount: dict[str, Any], reason: str) -> Answer:
        def refunded() -> tuple[int, dict[str, Any]]:
            assert reason
            assert self._bank.payments[out_trade_no]["trade_state"] == "SUCCESS"
            new = {
                "out_refund_no": out_refund_no,
                "out_trade_no": out_trade_no,
                "amount": amount,
                "status": "PROCESSING",
            }
            known = self._bank.refunds.setdefault(out_refund_no, new)
            assert known["amount"] == amount
            return 200, known

        return self._request("refund", refunded)

    def query_refund(self, out_refund_no: str) -> Answer:
        return self._request("query refund", lambda: _found(self._bank.refunds, out_refund_no, "RESOURCE_NOT_EXISTS"))

    def mch_transfer_bills(
        self, *, out_bill_no: str, transfer_amount: int, openid: str, appid: str, **_: Any
    ) -> Answer:
        def transferred() -> tuple[int, dict[str, Any]]:
            new = {
                "out_bill_no": out_bill_no,
                "transfer_bill_no": f"T{out_bill_no}",
                "transfer_amount": transfer_amount,
                "to": f"{appid}:{openid}",
                "state": "WAIT_USER_CONFIRM",
            }
            known = self._bank.transfers.setdefault(out_bill_no, new)
            assert (known["transfer_amount"], known["to"]) == (transfer_amount, f"{appid}:{openid}")
            package = {"package_info": f"p-{out_bill_no}"} if known["state"] == "WAIT_USER_CONFIRM" else {}
            return 200, {**known, **package}

        return self._request("transfer", transferred)

    def mch_transfer_bills_query(self, *, out_bill_no: str) -> Answer:
        return self._request("query transfer", lambda: _found(self._bank.transfers, out_bill_no, "NOT_FOUND"))


def _found(books: dict[str, dict[str, Any]], number: str, missing: str) -> tuple[int, dict[str, Any]]:
    return (200, books[number]) if number in books else (404, {"code": missing, "message": number})


# -- WeChat ------------------------------------------------------------------------------------------------------------


class WeChatCounter:
    """WeChat's server API behind `urllib3.PoolManager.request`."""

    def __init__(self, outside: Outside, boundary: Boundary) -> None:
        self._outside, self._boundary = outside, boundary

    @property
    def _people(self) -> People:
        return self._outside.people

    def request(self, method: str, url: str, *, body: bytes | None = None, **_: Any) -> Any:
        path, _, query = url.partition("?")
        path = path.removeprefix("https://api.weixin.qq.com")
        content: dict[str, Any] = json.loads(body) if body else {}
        answer = self._boundary.call(f"wechat:{path}", lambda: self._answer(path, query, content))
        return SimpleNamespace(status=200, data=json.dumps({"errcode": 0, **answer}).encode())

    def _answer(self, path: str, query: str, content: dict[str, Any]) -> dict[str, Any]:
        match path:
            case "/cgi-bin/stable_token":
                return {"access_token": "token", "expires_in": 7200}
            case "/cgi-bin/user/info":
                openid = query.partition("openid=")[2].partition("&")[0]
                return {"openid": openid, "unionid": f"u_{openid}"}
            case "/cgi-bin/message/template/send":
                self._people.cards.setdefault((content["touser"], content["client_msg_id"]), content)
                return {}
            case "/cgi-bin/message/custom/send":
                self._people.texts.append((content["touser"], content["text"]["content"]))
                return {}
            case "/sns/jscode2session":
                code = query.partition("js_code=")[2].partition("&")[0]
                return self._people.codes.pop(code, {"errcode": 40029})  # pyright: ignore
            case _:
                raise AssertionError(f"WeChat was asked for {path}")


class ShortMessages:
    """`SmsClient`: what it sends arrives."""

    def __init__(self, outside: Outside, boundary: Boundary) -> None:
        self._outside, self._boundary = outside, boundary

    def send_code(self, phone: str, code: str, minutes: int, now: object) -> None:
        self._boundary.call("sms:SendSms", lambda: self._outside.people.short_messages.update({phone: code}))
