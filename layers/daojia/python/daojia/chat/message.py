"""What a person sent and what they are answered, free of WeChat's wire format. Pure."""

import hashlib
from enum import StrEnum

from daojia.kernel.geography import Point
from daojia.kernel.value import Value


class Kind(StrEnum):
    """What kind of message it is, as far as the conversation cares."""

    TEXT = "text"
    LOCATION = "location"
    IMAGE = "image"
    """A picture or a video: acknowledged."""
    MUTE_VOICE = "mute_voice"
    """Voice that WeChat did not put into words."""
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    SILENT = "silent"
    """A report nobody expects an answer to (a card was delivered, a link was opened)."""
    OTHER = "other"


class Message(Value):
    """One message. `message_id` is the same when WeChat sends the same one again."""

    openid: str
    message_id: str
    kind: Kind
    text: str = ""
    """The words; of a location, WeChat's label of it."""
    point: Point | None = None

    @property
    def key(self) -> str:
        """Under which the command record remembers the answer."""
        return f"chat#{self.openid}#{self.message_id}"

    @property
    def payload_hash(self) -> str:
        """Tells a message that came again from another one that claims the same id."""
        content = f"{self.kind}\n{self.text}\n{self.point}"
        return hashlib.sha256(content.encode()).hexdigest()


class Reply(Value):
    """The answer. No text: nothing is sent back."""

    text: str = ""
