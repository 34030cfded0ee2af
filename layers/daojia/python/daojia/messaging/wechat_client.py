"""Calls to WeChat's server API: tokens, template messages, customer-service messages.

Plain HTTPS through urllib3, which every function has in memory already; errors are sorted into those worth another
attempt and those that are final.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any, Final
from urllib.parse import quote

import urllib3

from daojia.kernel.errors import DaojiaError, UnavailableError
from daojia.kernel.secrets import channel

BASE_URL: Final = "https://api.weixin.qq.com"
_TIMEOUT: Final = urllib3.Timeout(connect=2, read=5)
_TOKEN_REFUSED: Final = {40001, 40014, 42001}
_TRY_LATER: Final = {-1, 45009, 45011, 50002}
"""System busy, daily quota (an operator may reset it), too frequent, temporarily restricted."""
_RENEW_BEFORE_SECONDS: Final = 300


class WeChatRefusedError(DaojiaError):
    """WeChat refused for good: trying the same again is pointless. `errcode` is WeChat's."""

    code = "WECHAT_REFUSED"
    http_status = 502

    def __init__(self, errcode: int, errmsg: str) -> None:
        self.errcode = errcode
        super().__init__(errcode=errcode, errmsg=errmsg)


class WeChatClient:
    """One official account or mini-program. Safe to share between threads.

    The token is kept until shortly before it ends; processes need not share it, since `stable_token` gives all of
    them the same one. Raises UnavailableError (try again) or WeChatRefusedError (do not).
    """

    def __init__(
        self,
        appid: str,
        secret: str,
        *,
        base_url: str = BASE_URL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._appid = appid
        self._secret = secret
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._http = urllib3.PoolManager(maxsize=8, retries=False)
        self._lock = threading.Lock()
        self._token = ""
        self._token_until = 0.0

    @classmethod
    @cache
    def of_stage(cls) -> "WeChatClient":
        """The stage's official account, made once per process."""
        settings = channel("wechat")
        return cls(settings["appid"], settings["secret"], base_url=os.environ.get("WECHAT_API_BASE_URL") or BASE_URL)

    def send_template(
        self,
        openid: str,
        template_id: str,
        data: dict[str, Any],
        *,
        url: str | None = None,
        client_msg_id: str,
    ) -> None:
        """Send a card. WeChat sends the same `client_msg_id` to one person once within ten minutes."""
        body: dict[str, Any] = {"touser": openid, "template_id": template_id, "data": data}
        body["client_msg_id"] = client_msg_id
        if url:
            body["url"] = url
        self.post("/cgi-bin/message/template/send", body)

    def send_text(self, openid: str, text: str) -> None:
        """Send a customer-service message: at most five within 48 hours of the person's last one."""
        self.post("/cgi-bin/message/custom/send", {"touser": openid, "msgtype": "text", "text": {"content": text}})

    def user_info(self, openid: str) -> dict[str, Any]:
        """What WeChat tells of somebody who follows the account: `unionid` among it, where there is one."""
        return self._with_token(f"/cgi-bin/user/info?openid={quote(openid)}&lang=zh_CN", None)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call an API that needs a token. A refused token is replaced and the call made once more."""
        return self._with_token(path, body)

    def _with_token(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        joined = f"{path}{'&' if '?' in path else '?'}access_token="
        token = self._current_token()
        try:
            return self._call(joined + token, body)
        except WeChatRefusedError as error:
            if error.errcode not in _TOKEN_REFUSED:
                raise
        return self._call(joined + self._current_token(instead_of=token), body)

    def _current_token(self, *, instead_of: str | None = None) -> str:
        with self._lock:
            if self._token in ("", instead_of) or self._clock() >= self._token_until:
                self._fetch_token(force=False)
                if self._token == instead_of:  # WeChat itself still takes the refused one for current
                    self._fetch_token(force=True)
            return self._token

    def _fetch_token(self, *, force: bool) -> None:
        body = {
            "grant_type": "client_credential",
            "appid": self._appid,
            "secret": self._secret,
            "force_refresh": force,
        }
        answer = self._call("/cgi-bin/stable_token", body)
        self._token = str(answer["access_token"])
        self._token_until = self._clock() + max(0, int(answer["expires_in"]) - _RENEW_BEFORE_SECONDS)

    def _call(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """POST the body; GET when there is none."""
        what = path.partition("?")[0]
        try:
            # Chinese is sent as such: WeChat shows \u escapes of some APIs literally.
            response = self._http.request(
                "GET" if body is None else "POST",
                self._base_url + path,
                body=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
                headers={"Content-Type": "application/json"},
                timeout=_TIMEOUT,
            )
            answer: Any = json.loads(response.data) if response.status == 200 else None
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise UnavailableError(call=what) from error
        if not isinstance(answer, dict):
            raise UnavailableError(call=what, status=response.status)
        return _checked(what, answer)  # pyright: ignore[reportUnknownArgumentType]


def _checked(what: str, answer: dict[str, Any]) -> dict[str, Any]:
    errcode = int(answer.get("errcode") or 0)
    if errcode in _TRY_LATER:
        raise UnavailableError(call=what, errcode=errcode)
    if errcode:
        raise WeChatRefusedError(errcode, str(answer.get("errmsg", "")))
    return answer
