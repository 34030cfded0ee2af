"""One turn of a conversation: load, decide, commit.

At most three rounds of AWS calls, one after the other: the snapshot (command record, account, conversation, profile);
what this very message needs to know, read side by side; and the one transaction that writes the conversation, what was
done and the answer. The same message again finds its record in the first and gets the same answer.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTimeError
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from daojia.accounts import store as accounts
from daojia.accounts.model import Account
from daojia.accounts.store import AccountItem
from daojia.catalogue import store as catalogue
from daojia.chat import acts, booking, customer, provider, store
from daojia.chat.doing import carry_out, pay_link
from daojia.chat.message import Kind, Message, Reply
from daojia.chat.model import Conversation
from daojia.chat.reading import read
from daojia.chat.situation import Missing, Situation, Step
from daojia.chat.speech import tell, unrepeated
from daojia.chat.store import ConversationItem
from daojia.kernel.errors import ChangedMeanwhileError, DaojiaError, KeyReusedError
from daojia.kernel.ids import account_id_of
from daojia.kernel.parallel import both
from daojia.kernel.secrets import channel
from daojia.kernel.transaction import Transaction, snapshot
from daojia.messaging import outbox
from daojia.messaging.model import ADMINISTRATORS
from daojia.messaging.model import Kind as Notice
from daojia.messaging.model import Message as Notification
from daojia.messaging.rendering import TEXT_BYTES_MAX, shortened
from daojia.messaging.wechat_client import WeChatClient
from daojia.platform.commands import CommandItem, KeySeenError, remember
from daojia.platform.observability import logger, metrics
from daojia.providers.model import Provider
from daojia.providers.store import ProfileItem

ATTEMPTS: Final = 3
LOOKUPS_MAX: Final = 4
UNION_PATIENCE_SECONDS: Final = 1.5
"""How long a first answer waits for WeChat to tell who this is across apps."""


def take(message: Message, now: datetime) -> Reply:
    """Answer a message, once: the same message again gets the same answer and changes nothing.

    Whatever goes wrong becomes a sentence; an answer that could not be written down is an apology, and the message may
    be sent again. KeyReusedError for another message under a known id.
    """
    began = time.perf_counter()
    try:
        return Reply() if message.kind is Kind.SILENT else _serialised(message, now)
    except KeyReusedError:
        raise
    except DaojiaError as error:
        logger.warning("turn not written", error=error.code)
        return Reply(text=tell("errors.busy"))
    except Exception:
        logger.exception("turn failed")
        metrics.add_metric(name="ChatTurnsFailed", unit="Count", value=1)
        return Reply(text=tell("errors.apology"))
    finally:
        elapsed_ms = (time.perf_counter() - began) * 1000
        metrics.add_metric(name="ChatTurnMilliseconds", unit="Milliseconds", value=elapsed_ms)


def _serialised(message: Message, now: datetime) -> Reply:
    """Decide afresh when something changed between reading and writing."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            # Only the first attempt links the UnionID: a link that another account holds must not stand in the way.
            return _Turn.load(message, now, link=attempt == 1).answer()
        except (ChangedMeanwhileError, KeySeenError):
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


@dataclass
class _Turn:
    """What was read of one message's person, and how it is answered."""

    message: Message
    record: CommandItem | None
    account_item: AccountItem | None
    stored: Conversation
    sit: Situation
    union: "Future[str | None] | None"

    @classmethod
    def load(cls, message: Message, now: datetime, *, link: bool) -> "_Turn":
        me = account_id_of(channel("wechat")["appid"], message.openid)
        (record, account_item, conversation_item, profile_item), book = both(
            lambda: snapshot(
                (CommandItem, message.key, None),
                (AccountItem, me, None),
                (ConversationItem, me, None),
                (ProfileItem, me, "PROFILE"),
            ),
            catalogue.load,
        )
        account: Account = (
            account_item.body if account_item else Account(account_id=me, openid=message.openid, created_at=now)
        )
        stored = conversation_item.body if conversation_item else Conversation(account_id=me, touched_at=now)
        profile: Provider | None = profile_item.body if profile_item else None
        ask_union = link and account_item is None and message.kind is not Kind.UNFOLLOW
        return cls(
            message=message,
            record=record,
            account_item=account_item,
            stored=stored,
            sit=Situation(account=account, provider=profile, conversation=stored.opened(now), book=book, now=now),
            union=_pool().submit(_union_of, message.openid) if ask_union else None,
        )

    def answer(self) -> Reply:
        if self.record is not None:
            return Reply(text=str(self.record.replay(self.message.payload_hash)["text"]))
        if self.message.kind is Kind.UNFOLLOW:
            return self._commit(Transaction(), Step(self.sit.conversation, ""), "")
        step = self._decided(self.sit)
        self._notify(step)
        try:
            return self._done(step)
        except (ChangedMeanwhileError, KeySeenError):
            raise
        except DaojiaError as error:
            if error.http_status >= 500:  # nobody's decision: not to be remembered as the answer
                raise
            return self._refused(step, error)

    def _decided(self, sit: Situation) -> Step:
        """Ask the dialogue; read what it misses and ask again. A refusal on the way is its sentence."""
        respond = provider.respond if sit.provider is not None else customer.respond
        for _ in range(LOOKUPS_MAX):
            try:
                return respond(sit, self.message, pay_link)
            except Missing as missing:
                try:
                    sit = sit.knowing(read(missing.lookup, sit))
                except DaojiaError as error:
                    if error.http_status >= 500:
                        raise
                    return Step(sit.conversation, error.message)
        raise AssertionError("the dialogue asks without end")

    def _done(self, step: Step) -> Reply:
        """Carry the act out and commit it with the conversation and the answer."""
        tx = Transaction()
        text = step.text
        if step.act is not None:
            text = carry_out(step.act, self.sit, tx=tx)
            if tx.refusal is not None:
                # What the refusal leaves behind (a wrong code counts) is written; the answer says why.
                text, tx.refusal = tx.refusal.message, None
        return self._commit(tx, step, text)

    def _refused(self, step: Step, error: DaojiaError) -> Reply:
        """The act was refused: nothing of it is written, the sentence is the answer, the thread is kept."""
        logger.info("act refused", act=type(step.act).__name__, error=error.code)
        if isinstance(step.act, acts.Place):
            again = self._retry_booking(error)
            return self._commit(Transaction(), again, again.text)
        return self._commit(Transaction(), step, error.message)

    def _retry_booking(self, error: DaojiaError) -> Step:
        """The order could not be placed: what stands in the way is asked for again, other free times are offered."""
        sit = self.sit
        for _ in range(LOOKUPS_MAX):
            try:
                return booking.not_placed(sit, error)
            except Missing as missing:
                sit = sit.knowing(read(missing.lookup, sit))
        raise AssertionError("the dialogue asks without end")

    def _commit(self, tx: Transaction, step: Step, text: str) -> Reply:
        before = self.sit.conversation
        text, said = unrepeated(shortened(text, TEXT_BYTES_MAX), before)
        conversation = step.conversation.model_copy(
            update={"touched_at": self.sit.now, "turns": before.turns + 1, "said": said}
        )
        store.save(tx, self.stored, conversation)
        self._save_account(tx, step.account or self.sit.account)
        remember(tx, self.message.key, self.message.payload_hash, {"text": text}, now=self.sit.now)
        tx.commit()
        return Reply(text=text)

    def _save_account(self, tx: Transaction, account: Account) -> None:
        account = account.model_copy(update={"followed": self.message.kind is not Kind.UNFOLLOW})
        if self.account_item is None:
            unionid = self._learnt_union()
            if unionid is not None:
                account = account.model_copy(update={"unionid": unionid})
                accounts.link_union(tx, unionid, account.account_id)
            accounts.create(tx, account)
        elif account != self.account_item.body:
            accounts.save(tx, self.account_item, account)

    def _learnt_union(self) -> str | None:
        if self.union is None:
            return None
        try:
            return self.union.result(timeout=UNION_PATIENCE_SECONDS)
        except NotInTimeError:
            return None

    def _notify(self, step: Step) -> None:
        """Tell administrators. Before the commit: told twice is harmless (the id is the same), never told is not."""
        if step.notice is None:
            return
        notification = Notification(
            message_id=f"{self.message.key}#notice",
            kind=Notice.NOTICE,
            recipient=ADMINISTRATORS,
            facts={**step.notice, "account_id": self.sit.me},
        )
        outbox.enqueue([notification])


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="union")


def _union_of(openid: str) -> str | None:
    """Who this is across the operator's apps, as WeChat knows it. Any failure is harmless: it is asked for again when
    the person logs in to the mini-program."""
    try:
        return str(WeChatClient.of_stage().user_info(openid).get("unionid") or "") or None
    except Exception:
        logger.info("no unionid learnt")
        return None
