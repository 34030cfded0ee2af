"""Short messages through Tencent Cloud SMS (API 2021-01-11, signed with TC3-HMAC-SHA256).

https://cloud.tencent.com/document/api/382/55981. The request's whole body and the moment of signing are covered by the
signature, which is good for five minutes.
"""

import hashlib
import hmac
import json
import os
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import urllib3

from daojia.kernel.errors import DaojiaError, UnavailableError
from daojia.kernel.secrets import channel
from daojia.kernel.times import seconds

BASE_URL: Final = "https://sms.tencentcloudapi.com"
ACTION: Final = "SendSms"
VERSION: Final = "2021-01-11"
SERVICE: Final = "sms"
_CONTENT_TYPE: Final = "application/json; charset=utf-8"
_TIMEOUT: Final = urllib3.Timeout(connect=2, read=5)
_TRY_LATER: Final = ("InternalError", "RequestLimitExceeded")
_OFTEN: Final = "LimitExceeded"


class SmsRefusedError(DaojiaError):
    """The SMS service refused for good. `sms_code` is its own."""

    code = "SMS_REFUSED"
    http_status = 502


class SmsTooOftenError(DaojiaError):
    """The SMS service sends no more to this number for now."""

    code = "SMS_TOO_OFTEN"
    http_status = 429


class SmsClient:
    """One application of one Tencent Cloud account. UnavailableError: try again; SmsRefusedError: do not."""

    def __init__(self, settings: dict[str, str], *, base_url: str = BASE_URL) -> None:
        self._settings = settings
        self._base_url = base_url.rstrip("/")
        self._http = urllib3.PoolManager(maxsize=4, retries=False)

    @classmethod
    def of_stage(cls) -> "SmsClient":
        """The stage's SMS application. UnavailableError when the operator has not set one up."""
        try:
            settings = channel("sms")
        except KeyError as error:
            raise UnavailableError(call=ACTION) from error
        return _client(json.dumps(settings, sort_keys=True), os.environ.get("SMS_BASE_URL") or BASE_URL)

    def send_code(self, phone: str, code: str, minutes: int, now: datetime) -> None:
        """Send a log-in code to a mainland mobile number. SmsTooOftenError when that number got too many."""
        known = self._settings
        content = {
            "PhoneNumberSet": [f"+86{phone}"],
            "SmsSdkAppId": known["sdk_app_id"],
            "SignName": known["sign_name"],
            "TemplateId": known["code_template_id"],
            "TemplateParamSet": [code, str(minutes)],
        }
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        headers = {
            "Content-Type": _CONTENT_TYPE,
            "X-TC-Action": ACTION,
            "X-TC-Version": VERSION,
            "X-TC-Region": known.get("region", "ap-guangzhou"),
            "X-TC-Timestamp": str(seconds(now)),
        }
        host = urlsplit(self._base_url).netloc
        headers["Authorization"] = authorization(
            known["secret_id"], known["secret_key"], host=host, body=body, timestamp=seconds(now)
        )
        try:
            response = self._http.request("POST", self._base_url, body=body.encode(), headers=headers, timeout=_TIMEOUT)
            answer: dict[str, Any] = json.loads(response.data)["Response"] if response.status == 200 else {}
        except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError) as error:
            raise UnavailableError(call=ACTION) from error
        if not answer:
            raise UnavailableError(call=ACTION, http_status=response.status)
        _check(answer.get("Error") or {})
        for status in answer.get("SendStatusSet", ()):
            _check(status)


def authorization(secret_id: str, secret_key: str, *, host: str, body: str, timestamp: int) -> str:
    """The `Authorization` header of TC3-HMAC-SHA256 (https://cloud.tencent.com/document/api/382/52072): method, path,
    content type and host, body; with a key derived from the secret, the day (UTC) and the service."""
    day = f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%d}"
    signed_headers = "content-type;host"
    canonical = "\n".join(
        ("POST", "/", "", f"content-type:{_CONTENT_TYPE}\nhost:{host}\n", signed_headers, _sha256(body))
    )
    scope = f"{day}/{SERVICE}/tc3_request"
    to_sign = "\n".join(("TC3-HMAC-SHA256", str(timestamp), scope, _sha256(canonical)))
    key = f"TC3{secret_key}".encode()
    for part in (day, SERVICE, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"


def _check(status: dict[str, Any]) -> None:
    code = str(status.get("Code", "Ok"))
    if code == "Ok":
        return
    if code.startswith(_OFTEN):
        raise SmsTooOftenError
    if code.startswith(_TRY_LATER):
        raise UnavailableError(call=ACTION, sms_code=code)
    raise SmsRefusedError(sms_code=code)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _client(settings: str, base_url: str) -> SmsClient:
    return SmsClient(json.loads(settings), base_url=base_url)
