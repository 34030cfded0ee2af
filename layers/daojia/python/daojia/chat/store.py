"""Conversations in their table."""

from datetime import timedelta
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from daojia.chat.model import Conversation
from daojia.kernel.errors import ChangedMeanwhileError
from daojia.kernel.table import Document, Table, table_name
from daojia.kernel.times import seconds
from daojia.kernel.transaction import Transaction

KEPT: Final = timedelta(days=180)
"""How long a conversation nobody touches is kept, with the complaints made in it."""


class ConversationItem(Table):
    """One person's conversation; `version` counts its turns."""

    class Meta:
        table_name = table_name("CONVERSATIONS_TABLE")

    account_id = UnicodeAttribute(hash_key=True)
    version = NumberAttribute()
    expires_at = NumberAttribute()
    body = Document(Conversation)


def save(tx: Transaction, before: Conversation, after: Conversation) -> None:
    """Write the conversation one version later. ChangedMeanwhileError when another message of this person was answered
    meanwhile: two messages at once take their turns."""
    after = after.model_copy(update={"version": before.version + 1})
    item = ConversationItem(
        account_id=after.account_id,
        version=after.version,
        expires_at=seconds(after.touched_at + KEPT),
        body=after,
    )
    still = ConversationItem.version == before.version if before.version else ConversationItem.version.does_not_exist()
    tx.put(item, condition=still, otherwise=ChangedMeanwhileError())
