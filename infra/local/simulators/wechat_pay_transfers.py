"""Merchant transfers: the merchant asks, the receiver confirms within a day, the merchant is told how it ended."""

from typing import Any

from infra.local.simulators.storage import Clock, Settings, Store
from infra.local.simulators.wechat_pay_callbacks import Callbacks
from infra.local.simulators.wechat_pay_rules import Fields, Refusal, invalid_request, transfer_bill
from infra.local.simulators.wechat_pay_signing import Platform, random_text
from infra.local.simulators.wechat_pay_store import Transfer
from infra.local.simulators.wechat_pay_trade import Balance, digits

ENDED = ("SUCCESS", "FAIL", "CANCELLED")


class Transfers:
    """WAIT_USER_CONFIRM → TRANSFERING → SUCCESS; or FAIL when it lapses; or CANCELING → CANCELLED."""

    def __init__(  # noqa: PLR0917 - its neighbours
        self,
        store: Store,
        platform: Platform,
        clock: Clock,
        settings: Settings,
        balance: Balance,
        callbacks: Callbacks,
    ) -> None:
        self._store = store
        self._platform = platform
        self._clock = clock
        self._settings = settings
        self._balance = balance
        self._callbacks = callbacks

    # What the merchant asks

    def create(self, body: bytes, wechatpay_serial: str) -> dict[str, Any]:
        """`POST …/transfer-bills`: the same bill again answers how it stands; a differing one is refused."""

        def opened(ciphertext: str) -> str:
            if wechatpay_serial != self._platform.public_key_id:
                raise Refusal(400, "PARAM_ERROR", "请求头Wechatpay-Serial缺失或不是加密所用的微信支付公钥ID")
            return self._platform.opened(ciphertext)

        request = transfer_bill(Fields.of_body(body), appids=self._platform.appids, opened=opened)
        known = self._store.load(Transfer, request["out_bill_no"])
        if known:
            if known.request != request:
                raise invalid_request("商户单号已存在，且请求参数与首次请求时不一致")
            return self._receipt(known)
        self._balance.require(request["transfer_amount"])
        now = self._clock.now()
        transfer = Transfer(
            request=request,
            transfer_bill_no="1330000" + digits(15) + self._clock.at().strftime("%Y%m%d") + digits(10),
            package_info=random_text(64),
            created_at=now,
            updated_at=now,
        )
        real_name = self._store.setting(f"real_name:{transfer.group}", "")
        with self._store.together():
            if real_name and request["user_name"] and request["user_name"] != real_name:
                self._end(transfer, "FAIL", "NAME_NOT_CORRECT")
            else:
                self._store.save(transfer)
                self._callbacks.schedule("lapse_transfer", transfer.key, self._settings["transfer_lapse_seconds"])
        return self._receipt(transfer)

    def query(self, *, out_bill_no: str = "", transfer_bill_no: str = "") -> dict[str, Any]:
        transfer = self._store.load(Transfer, out_bill_no) if out_bill_no else None
        if transfer_bill_no:
            same = [each for each in self._store.list(Transfer) if each.transfer_bill_no == transfer_bill_no]
            transfer = same[0] if same else None
        if transfer is None:
            raise Refusal(404, "NOT_FOUND", "记录不存在")
        return self.view(transfer)

    def cancel(self, out_bill_no: str) -> dict[str, Any]:
        """`POST …/cancel`: only while the receiver has not confirmed; asking twice is harmless."""
        transfer = self._store.load(Transfer, out_bill_no)
        if transfer is None:
            raise Refusal(404, "NOT_FOUND", "记录不存在")
        if transfer.state == "WAIT_USER_CONFIRM":
            self._move(transfer, "CANCELING", "finish_cancel")
        elif transfer.state not in ("CANCELING", "CANCELLED"):
            raise invalid_request("当前转账单状态不支持撤销")
        return {
            "out_bill_no": transfer.key,
            "transfer_bill_no": transfer.transfer_bill_no,
            "state": transfer.state,
            "update_time": self._clock.rfc3339(transfer.updated_at),
        }

    # What the receiver does

    def confirm(self, out_bill_no: str, package_info: str | None) -> dict[str, Any]:
        """The receiver takes the money; a `package_info` shown by the merchant must be the right one."""
        transfer = self._awaiting(out_bill_no)
        if package_info is not None and package_info != transfer.package_info:
            raise invalid_request("package_info无效")
        self._move(transfer, "TRANSFERING", "finish_transfer")
        return self.view(transfer)

    def refuse(self, out_bill_no: str) -> dict[str, Any]:
        """The receiver never confirms: what the end of the day would bring happens at once."""
        transfer = self._awaiting(out_bill_no)
        with self._store.together():
            self._end(transfer, "FAIL", "OVERDUE_CLOSE")
        return self.view(transfer)

    # What the channel does by itself

    def finish(self, out_bill_no: str) -> None:
        transfer = self._store.load(Transfer, out_bill_no)
        if transfer and transfer.state == "TRANSFERING":
            self._end(transfer, "SUCCESS")
        elif transfer and transfer.state == "CANCELING":
            self._end(transfer, "CANCELLED")

    def lapse(self, out_bill_no: str) -> None:
        transfer = self._store.load(Transfer, out_bill_no)
        if transfer and transfer.state == "WAIT_USER_CONFIRM":
            self._end(transfer, "FAIL", "OVERDUE_CLOSE")

    # How things look

    def view(self, transfer: Transfer) -> dict[str, Any]:
        """A transfer as the query shows it."""
        request = transfer.request
        view = {
            "mch_id": self._platform.mchid,
            "out_bill_no": transfer.key,
            "transfer_bill_no": transfer.transfer_bill_no,
            "appid": request["appid"],
            "state": transfer.state,
            "transfer_amount": transfer.amount_fen,
            "transfer_remark": request["transfer_remark"],
            "openid": request["openid"],
            "create_time": self._clock.rfc3339(transfer.created_at),
            "update_time": self._clock.rfc3339(transfer.updated_at),
        }
        return view | ({"fail_reason": transfer.fail_reason} if transfer.fail_reason else {})

    def sheet(self, transfer: Transfer) -> dict[str, Any]:
        """A transfer as the receiver's phone shows it."""
        shown = {"package_info": transfer.package_info, "notify_url": transfer.request["notify_url"]}
        perception = transfer.request["user_recv_perception"] or "劳务报酬"
        return self.view(transfer) | shown | {"user_recv_perception": perception}

    # Inside

    def _receipt(self, transfer: Transfer) -> dict[str, Any]:
        receipt = {
            "out_bill_no": transfer.key,
            "transfer_bill_no": transfer.transfer_bill_no,
            "create_time": self._clock.rfc3339(transfer.created_at),
            "state": transfer.state,
        }
        if transfer.state == "WAIT_USER_CONFIRM":
            receipt["package_info"] = transfer.package_info
        return receipt | ({"fail_reason": transfer.fail_reason} if transfer.fail_reason else {})

    def _awaiting(self, out_bill_no: str) -> Transfer:
        transfer = self._store.load(Transfer, out_bill_no)
        if transfer is None:
            raise Refusal(404, "NOT_FOUND", "记录不存在")
        if transfer.state != "WAIT_USER_CONFIRM":
            raise invalid_request(f"当前转账单状态不支持确认收款：{transfer.state}")
        return transfer

    def _move(self, transfer: Transfer, state: str, action: str) -> None:
        transfer.state = state
        transfer.updated_at = self._clock.now()
        with self._store.together():
            self._store.save(transfer)
            self._callbacks.schedule(action, transfer.key, self._settings["transfer_delay_ms"] / 1000)

    def _end(self, transfer: Transfer, state: str, fail_reason: str = "") -> None:
        transfer.state = state
        transfer.fail_reason = fail_reason
        transfer.updated_at = self._clock.now()
        self._store.save(transfer)
        view = self.view(transfer)
        notice = {name: value for name, value in view.items() if name not in ("appid", "transfer_remark")}
        self._callbacks.announce("MCHTRANSFER.BILL.FINISHED", notice, transfer.request["notify_url"])
