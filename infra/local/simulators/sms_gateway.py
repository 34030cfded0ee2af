"""Tencent Cloud SMS, action SendSms: signature, template and number checked as the real one checks them.

The service answers 200; `Error` or a `Code` other than Ok says what went wrong
(https://cloud.tencent.com/document/api/382/55981).
"""

import asyncio
import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.simulators.faults import Faults
from infra.local.simulators.journal import Journal
from infra.local.simulators.storage import Clock, Settings, Store

DEFAULTS = {"per_half_minute": 1, "per_hour": 5, "per_day": 10}
WINDOWS = (
    ("per_half_minute", 30, "LimitExceeded.PhoneNumberThirtySecondLimit"),
    ("per_hour", 3600, "LimitExceeded.PhoneNumberOneHourLimit"),
    ("per_day", 86_400, "LimitExceeded.PhoneNumberDailyLimit"),
)
FRESH_SECONDS = 300
CREDENTIAL = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)
PHONE = re.compile(r"(?:\+86|0086|86)?(1[3-9]\d{9})")


class Denied(Exception):  # noqa: N818 - it is an answer, not a failure of this program
    """An `Error`."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code, self.message = code, message or code


class Gateway:
    """The one endpoint of the service."""

    def __init__(
        self,
        config: Mapping[str, str],
        *,
        store: Store,
        clock: Clock,
        settings: Settings,
        faults: Faults,
        journal: Journal,
    ) -> None:
        self._config = config
        self._secret_id, self._secret_key = config["secret_id"], config["secret_key"]
        self._template = (config["code_template_id"], config["code_template"])
        self._store = store
        self._clock = clock
        self._settings = settings
        self._faults = faults
        self._journal = journal

    async def answer(self, request: Request) -> Response:
        """Answer one call, with whatever misbehaviour was switched on."""
        raw = await request.body()
        fault = self._faults.take("SendSms", "slow", "late", "error", "lost")
        if fault and fault.kind in ("slow", "late"):
            await asyncio.sleep((fault.delay_ms or 6000) / 1000)
        status = 200
        try:
            if fault and fault.kind == "error":
                status = fault.status or 200
                raise Denied(fault.code or "InternalError.OtherError", fault.message)
            said = self._answer(request, raw)
        except Denied as denied:
            said = {"Error": {"Code": denied.code, "Message": denied.message}}
        if fault and fault.kind == "lost":
            status = fault.status or 502
        self._journal.record("request", {"http": status, "answer": said, "fault": fault.kind if fault else ""})
        if fault and fault.kind == "lost":
            return Response("bad gateway", status)
        return JSONResponse({"Response": {**said, "RequestId": str(uuid.uuid4())}}, status)

    def last(self, phone: str) -> list[dict[str, Any]]:
        """What was sent to a number, newest first."""
        return [body for _, _, body in self._store.read("message", about=(phone,), limit=20, newest=True)]

    def _answer(self, request: Request, raw: bytes) -> dict[str, Any]:
        if request.headers.get("x-tc-action") != "SendSms":
            raise Denied("InvalidAction")
        if request.headers.get("x-tc-version") != "2021-01-11":
            raise Denied("NoSuchVersion")
        if not request.headers.get("x-tc-region"):
            raise Denied("MissingParameter", "X-TC-Region")
        self._authorise(request, raw)
        try:
            body = json.loads(raw)
        except ValueError as error:
            raise Denied("InvalidParameter") from error
        for name, kind in (("PhoneNumberSet", list), ("SmsSdkAppId", str), ("TemplateId", str)):
            if not isinstance(body.get(name), kind) or not body[name]:
                raise Denied("MissingParameter", name)
        if body["SmsSdkAppId"] != self._config["sdk_app_id"]:
            raise Denied("InvalidParameterValue.SdkAppIdNotExist")
        if len(body["PhoneNumberSet"]) > 200:
            raise Denied("LimitExceeded.PhoneNumberCountLimit")
        return {"SendStatusSet": [self._sent(str(number), body) for number in body["PhoneNumberSet"]]}

    def _authorise(self, request: Request, raw: bytes) -> None:
        """TC3-HMAC-SHA256 over method, path, the signed headers and the body, not older than five minutes."""
        said = CREDENTIAL.fullmatch(request.headers.get("authorization", ""))
        stamp = request.headers.get("x-tc-timestamp", "")
        if said is None or not stamp.isdigit():
            raise Denied("AuthFailure.InvalidAuthorization")
        secret_id, day, names, signature = said.groups()
        if secret_id != self._secret_id:
            raise Denied("AuthFailure.SecretIdNotFound")
        if abs(time.time() - int(stamp)) > FRESH_SECONDS:
            raise Denied("AuthFailure.SignatureExpire")
        signed = names.split(";")
        fits = {"content-type", "host"} <= set(signed) and signed == sorted(signed)
        if not fits or day != f"{datetime.fromtimestamp(int(stamp), UTC):%Y-%m-%d}":
            raise Denied("AuthFailure.SignatureFailure")
        headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed)
        canonical = f"{request.method}\n/\n\n{headers}\n{names}\n{hashlib.sha256(raw).hexdigest()}"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"TC3-HMAC-SHA256\n{stamp}\n{day}/sms/tc3_request\n{digest}"
        key = f"TC3{self._secret_key}".encode()
        for part in (day, "sms", "tc3_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        if not hmac.compare_digest(hmac.digest(key, to_sign.encode(), "sha256").hex(), signature):
            raise Denied("AuthFailure.SignatureFailure")

    def _sent(self, number: str, body: Mapping[str, Any]) -> dict[str, Any]:
        code = self._refusal(number, body)
        phone = PHONE.fullmatch(number)
        if not code and phone:
            text = self._template[1]
            for index, value in enumerate(body.get("TemplateParamSet") or [], 1):
                text = text.replace(f"{{{index}}}", str(value))
            params = list(body.get("TemplateParamSet") or [])
            message = {"phone": phone[1], "text": f"【{body['SignName']}】{text}", "params": params}
            self._store.append("message", phone[1], {**message, "sent_at": self._clock.now()})
        serial = "" if code else f"{uuid.uuid4().int % 10**16}:{int(time.time())}"
        return {
            "SerialNo": serial,
            "PhoneNumber": number,
            "Fee": 0 if code else 1,
            "SessionContext": "",
            "Code": code or "Ok",
            "Message": code or "send success",
            "IsoCode": "CN",
        }

    def _refusal(self, number: str, body: Mapping[str, Any]) -> str:
        phone = PHONE.fullmatch(number)
        if phone is None:
            return "InvalidParameterValue.IncorrectPhoneNumber"
        if body.get("SignName") != self._config["sign_name"]:
            return "FailedOperation.SignatureIncorrectOrUnapproved"
        if body["TemplateId"] != self._template[0]:
            return "FailedOperation.TemplateIncorrectOrUnapproved"
        params = body.get("TemplateParamSet") or []
        if len(params) != len(set(re.findall(r"\{\d+\}", self._template[1]))):
            return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
        if any(not isinstance(each, str) or not re.fullmatch(r"\d{1,6}", each) for each in params):
            return "InvalidParameterValue.TemplateParameterFormatError"  # a code template takes digits alone
        now = self._clock.now()
        times = [each["sent_at"] for each in self.last(phone[1])]
        for name, window, code in WINDOWS:
            if sum(now - sent < window for sent in times) >= self._settings[name]:
                return code
        return ""
