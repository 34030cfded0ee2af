"""The door for the account's own server: every API call is checked, counted, done and journalled.

WeChat answers 200 whatever happens; `errcode` says what did.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.simulators.faults import Faults, Misbehaviour
from infra.local.simulators.journal import Journal
from infra.local.simulators.wechat_cards import Cards
from infra.local.simulators.wechat_config import Account
from infra.local.simulators.wechat_errors import Denied
from infra.local.simulators.wechat_miniprogram import MiniProgram
from infra.local.simulators.wechat_people import People
from infra.local.simulators.wechat_quotas import Quotas
from infra.local.simulators.wechat_service import Service
from infra.local.simulators.wechat_tokens import Tokens

BODY_LIMIT = 256 * 1024
HIDDEN = ("secret", "access_token")
_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True)
class Call:
    """A call that was let in: whose token (or secret) it came with, its query, its JSON body."""

    appid: str
    query: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """How an API is called and what does it. `app` is the only one that may call it, '' if any."""

    method: str
    do: Callable[[Call], dict[str, Any]]
    app: str = ""
    token: bool = True
    literal: bool = False


class Gateway:
    """The endpoint for all real paths."""

    def __init__(
        self,
        *,
        account: Account,
        tokens: Tokens,
        quotas: Quotas,
        people: People,
        cards: Cards,
        service: Service,
        miniprogram: MiniProgram,
        faults: Faults,
        journal: Journal,
    ) -> None:
        self._account = account
        self._tokens = tokens
        self._quotas = quotas
        self._people = people
        self._faults = faults
        self._journal = journal
        official, mini = account.appid, account.miniprogram_appid
        self._operations = {
            "/cgi-bin/stable_token": Operation("POST", self._stable_token, token=False),
            "/cgi-bin/token": Operation("GET", self._plain_token, token=False),
            "/cgi-bin/message/template/send": Operation("POST", lambda call: cards.send_template(call.body), official),
            "/cgi-bin/message/subscribe/send": Operation("POST", lambda call: cards.send_subscribe(call.body), mini),
            "/cgi-bin/message/subscribe/bizsend": Operation(
                "POST", lambda call: cards.send_notice(call.body), official
            ),
            # This one shows \u escapes as they are.
            "/cgi-bin/message/custom/send": Operation(
                "POST", lambda call: service.send(call.appid, call.body), literal=True
            ),
            "/cgi-bin/user/info": Operation("GET", self._user, official),
            "/sns/jscode2session": Operation("GET", self._session(miniprogram), token=False),
            "/wxa/business/getuserphonenumber": Operation(
                "POST", lambda call: miniprogram.phone_number(call.body), mini
            ),
            "/wxa/msg_sec_check": Operation("POST", lambda call: miniprogram.check_text(call.body), mini),
        }

    def describe(self) -> list[str]:
        """The APIs, for `GET /`."""
        return [f"{operation.method} {path}" for path, operation in self._operations.items()]

    async def answer(self, request: Request) -> Response:
        """Answer one call, with whatever misbehaviour was switched on for its path."""
        raw, path = await request.body(), request.url.path
        fault = self._faults.take(path, "slow", "late", "error", "lost")
        if fault and fault.kind in ("slow", "late"):
            await asyncio.sleep((fault.delay_ms or 6000) / 1000)
        refused = fault is not None and fault.kind == "error"
        answer = _denied(fault).body() if fault and refused else self._answer(request, raw)
        status = fault.status or 200 if fault and refused else 200
        if fault and fault.kind == "lost":
            await asyncio.sleep(fault.delay_ms / 1000)
            status = fault.status or 502
        self._journal.record(
            "request",
            {
                "method": request.method,
                "path": path,
                "query": _hidden(dict(request.query_params)),
                "body": _hidden(_shown(raw)),
                "status": status,
                "answer": _hidden(answer),
                "fault": fault.kind if fault else "",
            },
        )
        if fault and fault.kind == "lost":  # acted on, but the answer never arrives
            return Response("bad gateway", status)
        return JSONResponse(answer, status)

    def _answer(self, request: Request, raw: bytes) -> dict[str, Any]:
        try:
            operation = self._operations.get(request.url.path)
            if operation is None:
                raise Denied(40066)
            if request.method != operation.method:
                raise Denied(43002 if operation.method == "POST" else 43001)
            query = dict(request.query_params)
            # WeChat looks at the token before the body.
            appid = self._tokens.owner(query.get("access_token", "")) if operation.token else ""
            body = _read(raw, literal=operation.literal) if operation.method == "POST" else {}
            if not operation.token:
                appid = self._by_secret(body if operation.method == "POST" else query)
            if operation.app and appid != operation.app:
                raise Denied(48001)
            self._quotas.count(appid, request.url.path)
            return operation.do(Call(appid, query, body))
        except Denied as denied:
            return dict(denied.body())

    def _by_secret(self, given: Mapping[str, Any]) -> str:
        """Denied: 41002 or 40013 for the appid, 41004 or 40125 for the secret."""
        appid, secret = given.get("appid"), given.get("secret")
        if not appid:
            raise Denied(41002)
        known = self._account.secrets.get(appid) if isinstance(appid, str) else None
        if known is None:
            raise Denied(40013)
        if not secret:
            raise Denied(41004)
        if secret != known:
            raise Denied(40125)
        return str(appid)

    def _stable_token(self, call: Call) -> dict[str, Any]:
        if call.body.get("grant_type") != "client_credential":
            raise Denied(40002)
        force = call.body.get("force_refresh", False)
        if not isinstance(force, bool):
            raise Denied(47001)
        token, seconds = self._tokens.stable(call.appid, force=force)
        return {"access_token": token, "expires_in": seconds}

    def _plain_token(self, call: Call) -> dict[str, Any]:
        if call.query.get("grant_type") != "client_credential":
            raise Denied(40002)
        token, seconds = self._tokens.plain(call.appid)
        return {"access_token": token, "expires_in": seconds}

    def _session(self, miniprogram: MiniProgram) -> Callable[[Call], dict[str, Any]]:
        def session(call: Call) -> dict[str, Any]:
            if call.appid != self._account.miniprogram_appid:
                raise Denied(40013)
            return miniprogram.session(call.query)

        return session

    def _user(self, call: Call) -> dict[str, Any]:
        """Names and pictures are no longer told; somebody who does not follow is told of hardly at all."""
        openid = call.query.get("openid")
        if not openid:
            raise Denied(41009)
        user = self._people.find(openid)
        if user is None:
            raise Denied(40003)
        if not user.subscribed:
            return {"subscribe": 0, "openid": user.openid, "tagid_list": []}
        return {
            "subscribe": 1,
            "openid": user.openid,
            "language": "zh_CN",
            "subscribe_time": int(user.subscribed_at),
            "unionid": user.unionid,
            "remark": "",
            "groupid": 0,
            "tagid_list": [],
            "subscribe_scene": "ADD_SCENE_SEARCH",
            "qr_scene": 0,
            "qr_scene_str": "",
        }


def _denied(fault: Misbehaviour) -> Denied:
    """What `error` answers: the given errcode, else -1 (system busy)."""
    errcode = int(fault.code) if re.fullmatch(r"-?\d{1,6}", fault.code) else -1
    return Denied(errcode, fault.message)


def _read(raw: bytes, *, literal: bool) -> dict[str, Any]:
    """Denied: 44002 for nothing, 45002 for too much, 47001 for what is no JSON object in UTF-8."""
    if not raw.strip():
        raise Denied(44002)
    if len(raw) > BODY_LIMIT:
        raise Denied(45002)
    try:
        text = raw.decode("utf-8")
        content = json.loads(_ESCAPE.sub(_kept, text) if literal else text)
    except (ValueError, RecursionError) as error:
        raise Denied(47001) from error
    if not isinstance(content, dict):
        raise Denied(47001)
    return content


def _kept(escape: re.Match[str]) -> str:
    before, code = escape.groups()
    return escape.group() if int(code, 16) < 0x80 else f"{before}\\\\u{code}"


def _shown(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return raw[:1000].decode(errors="replace")


def _hidden(content: Any) -> Any:
    """Secrets and tokens do not belong into a log; the end of a token tells them apart."""
    if not isinstance(content, dict):
        return content
    return {name: f"…{str(value)[-6:]}" if name in HIDDEN and value else value for name, value in content.items()}
