"""The mini-program's side: log-in codes, phone numbers, the check of what people write."""

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from infra.local.simulators.storage import Clock
from infra.local.simulators.wechat_config import Account
from infra.local.simulators.wechat_errors import Denied, request_id
from infra.local.simulators.wechat_people import People

CONTENT_MAX = 2500
RISKS = {
    "赌博": 20006,
    "博彩": 20006,
    "毒品": 20006,
    "枪支": 20006,
    "代开发票": 20006,
    "色情": 20002,
    "裸聊": 20002,
    "特殊服务": 20002,
    "傻逼": 20003,
    "去死": 20003,
    "刷单": 20008,
    "高额返利": 20008,
    "加微信": 10001,
}
"""Words and the label they get; enough to see both ways."""
REVIEWED = {10001}
PASSED = 100


class MiniProgram:
    """`jscode2session`, `getuserphonenumber`, `msg_sec_check` version 2."""

    def __init__(self, account: Account, clock: Clock, people: People) -> None:
        self._account = account
        self._clock = clock
        self._people = people

    def session(self, query: Mapping[str, str]) -> dict[str, Any]:
        """`GET /sns/jscode2session`. Denied: 40029 for a code that is unknown or too old, 40163 for one used before."""
        if query.get("grant_type", "authorization_code") != "authorization_code":
            raise Denied(40002)
        user = self._people.redeem("login", query.get("js_code"))
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        answer = {"session_key": key, "openid": user.miniprogram_openid}
        return answer | ({"unionid": user.unionid} if user.unionid else {})

    def phone_number(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`POST /wxa/business/getuserphonenumber`. A code works once, for five minutes."""
        user = self._people.redeem("phone", body.get("code"))
        return {
            "errcode": 0,
            "errmsg": "ok",
            "phone_info": {
                "phoneNumber": user.phone,
                "purePhoneNumber": user.phone,
                "countryCode": "86",
                "watermark": {"timestamp": int(self._clock.now()), "appid": self._account.miniprogram_appid},
            },
        }

    def check_text(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`POST /wxa/msg_sec_check`. The writer must have been in the mini-program within two hours (61010)."""
        content, version, scene = body.get("content"), body.get("version"), body.get("scene")
        if version not in (2, "2") or not isinstance(content, str):
            raise Denied(47001)
        if not content:
            raise Denied(44002)
        if len(content) > CONTENT_MAX:
            raise Denied(45002)
        if isinstance(scene, bool) or scene not in (1, 2, 3, 4):
            raise Denied(40129)
        user = self._people.find_in_miniprogram(body.get("openid"))
        if user is None:
            raise Denied(40003)
        if not self._people.visited_lately(user):
            raise Denied(61010)
        words = "".join(str(body.get(name) or "") for name in ("title", "nickname", "signature")) + content
        label = next((label for word, label in RISKS.items() if word in words), PASSED)
        suggest = "pass" if label == PASSED else "review" if label in REVIEWED else "risky"
        verdict = {"suggest": suggest, "label": label}
        detail = [{"strategy": "content_model", "errcode": 0, **verdict, "prob": 90}]
        return {"errcode": 0, "errmsg": "ok", "detail": detail, "trace_id": request_id(), "result": verdict}
