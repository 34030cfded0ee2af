"""The simulator's own endpoints: people, their phones, tokens, quotas, the handshake."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import Request

from infra.local.simulators.controls import Bell, Control, bad_request, query_number
from infra.local.simulators.wechat_chat import Chances, Chats
from infra.local.simulators.wechat_config import Account
from infra.local.simulators.wechat_people import CODE_SECONDS, People, User
from infra.local.simulators.wechat_phones import Phones
from infra.local.simulators.wechat_quotas import Quotas
from infra.local.simulators.wechat_tokens import FORCED_PER_DAY, Tokens
from infra.local.simulators.wechat_webhook import Webhook

MANNER = (
    "duplicate?: copies sent, concurrent?: true, mode?: safe | compatible | plain, timestamp_offset?: seconds, "
    "tamper?: signature | msg_signature | encrypt | key | appid | recipient | xml"
)
Act = Callable[[User, Mapping[str, Any]], Awaitable[dict[str, Any]]]


class Controls:
    """Everything a test, a demo or a stranger may do that is not the account's API."""

    def __init__(
        self,
        *,
        account: Account,
        bell: Bell,
        people: People,
        chats: Chats,
        chances: Chances,
        phones: Phones,
        tokens: Tokens,
        quotas: Quotas,
        webhook: Webhook,
    ) -> None:
        self._account = account
        self._bell = bell
        self._people = people
        self._chats = chats
        self._chances = chances
        self._tokens = tokens
        self._quotas = quotas
        self._webhook = webhook
        person = "{openid, miniprogram_openid?, unionid?, nickname?, phone?, subscribed?: true, …}"
        self.all = [
            Control(
                *(
                    "POST",
                    "/_users",
                    f"{person} or a list of them",
                    "make people known, or change what is known of them",
                ),
                self._register,
                (dict, list),
            ),
            Control("GET", "/_users", "", "everybody known", self._users),
            self._act(
                "follow",
                "{scene?}",
                f"follow the account, by scanning a code or not. All acts also take {{{MANNER}}}",
                phones.follow,
            ),
            self._act("unfollow", "{}", "stop following", phones.unfollow),
            self._act("text", "{content}", "write a text", phones.text),
            self._act("voice", "{recognition?}", "speak; recognition is what WeChat makes of it", phones.voice),
            self._act("image", "{label?, url?}", "send a picture", phones.image),
            self._act("location", "{lat, lng, label?, scale?}", "send a place (GCJ-02)", phones.location),
            self._act("click", "{key}", "tap an entry of the account's menu", phones.click),
            self._act("menu", "{id}", "tap an answer of a msgmenu message", phones.menu),
            self._act("scan", "{scene}", "scan one of the account's codes, following already", phones.scan),
            self._act(
                "subscribe",
                "{template_ids, accept?: true, app?: official | miniprogram}",
                "agree to one subscribe message per template, or do not",
                phones.agree,
            ),
            Control(
                *("GET", "/_phones/{openid}/messages", "?since=<seq>&wait=<seconds>"),
                *("the chat, both directions, oldest first; waits for the next message", self._messages),
            ),
            Control(
                *("POST", "/_phones/{openid}/login", "{}", "open the mini-program: a code for jscode2session"),
                lambda _body, request: self._code(request, people.login_code),
            ),
            Control(
                *("POST", "/_phones/{openid}/phone_number_code", "{}", "a code for getuserphonenumber"),
                lambda _body, request: self._code(request, people.phone_code),
            ),
            Control(
                "GET", "/_quotas", "?openid", "calls used and allowed; chances to write to somebody", self._show_quotas
            ),
            Control(
                "PUT", "/_quotas", "{path: {per_day?, per_minute?}}", "change how many are allowed", self._change_quotas
            ),
            Control(
                *("POST", "/_tokens/expire", "{}", "all access tokens end now (42001)"),
                lambda _body, _request: {"expired": tokens.expire_all()},
            ),
            Control(
                *("POST", "/_tokens/revoke", "{}", "all access tokens become invalid (40001)"),
                lambda _body, _request: {"revoked": tokens.revoke_all()},
            ),
            Control("POST", "/_handshake", "{}", "check the server address as WeChat does", self._handshake),
        ]

    def _register(self, body: Any, _request: Request) -> dict[str, Any]:
        entries = body if isinstance(body, list) else [body]
        if not all(isinstance(entry, dict) for entry in entries):
            raise bad_request("give objects with an openid")
        users = self._people.register_all(entries)
        return {"items": [asdict(user) for user in users]}

    def _users(self, _body: Any, _request: Request) -> dict[str, Any]:
        return {"items": [asdict(user) for user in self._people.all()]}

    async def _messages(self, _body: Any, request: Request) -> dict[str, Any]:
        openid, since = request.path_params["openid"], int(query_number(request, "since"))
        items = await self._bell.poll(lambda: self._chats.messages(openid, since=since), query_number(request, "wait"))
        return {"items": items, "next": items[-1]["seq"] if items else since}

    def _code(self, request: Request, give: Callable[[User], str]) -> dict[str, Any]:
        code = give(self._people.phone_of(request.path_params["openid"]))
        return {"code": code, "expires_in": CODE_SECONDS}

    def _show_quotas(self, _body: Any, request: Request) -> dict[str, Any]:
        openid = request.query_params.get("openid")
        shown: dict[str, Any] = {
            name: {
                "appid": appid,
                "calls": self._quotas.used(appid),
                "forced_tokens": {"per_day": FORCED_PER_DAY, "used_today": self._tokens.forced_today(appid)},
            }
            for name, appid in (("official", self._account.appid), ("miniprogram", self._account.miniprogram_appid))
        }
        return shown | ({"chances": self._chances.open_now(openid)} if openid else {})

    def _change_quotas(self, body: dict[str, Any], request: Request) -> dict[str, Any]:
        self._quotas.change(body)
        return self._show_quotas(body, request)

    async def _handshake(self, _body: Any, _request: Request) -> dict[str, Any]:
        return await self._webhook.handshake()

    def _act(self, name: str, takes: str, does: str, act: Act) -> Control:
        """`POST /_phones/{openid}/name`: what a person does with the phone, with the options of misbehaviour."""

        async def do(body: dict[str, Any], request: Request) -> dict[str, Any]:
            return await act(self._people.phone_of(request.path_params["openid"]), body)

        return Control("POST", f"/_phones/{{openid}}/{name}", takes, does, do)
