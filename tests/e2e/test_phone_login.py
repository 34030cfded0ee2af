"""Logging in with a mobile number on the running stack."""

import secrets
from typing import Any

import httpx
import pytest

from infra.local.phones import Api
from tests.e2e.town import refused


@pytest.mark.feature("C1")
def test_a_code_sent_by_short_message_logs_in_once_and_leads_to_the_same_account(stack: dict[str, Any]) -> None:
    phone = f"139{secrets.randbelow(10**8):08d}"
    anyone = Api(stack)
    assert anyone.request("POST", "/v1/auth/phone/code", {"phone": phone}).status_code == 200
    refused(anyone.request("POST", "/v1/auth/phone/code", {"phone": phone}), 429, "TOO_MANY_REQUESTS")
    with httpx.Client(base_url=stack["simulators"]["sms"], trust_env=False) as sms:
        message = sms.get("/_messages", params={"phone": phone}).json()["items"][0]
    code = message["params"][0]
    assert message["text"].startswith(f"【到家】{code}")
    session = anyone.request("POST", "/v1/auth/phone", {"phone": phone, "code": code})
    assert session.status_code == 200, session.text
    refused(anyone.request("POST", "/v1/auth/phone", {"phone": phone, "code": code}), 401, "WRONG_CODE")
    renewed = anyone.request("POST", "/v1/auth/refresh", {"refresh_token": session.json()["refresh_token"]})
    assert renewed.status_code == 200
