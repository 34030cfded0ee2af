"""A conversation: what has been said that still matters. Pure.

It holds the wish being put together (`draft`), what the bot asked last, what the numbers on the person's screen stand
for, and, where something is about to be done, exactly what it is (B6).
"""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from daojia.accounts.model import Place
from daojia.catalogue.pricing import Wanted
from daojia.kernel.geography import Point
from daojia.kernel.ids import AccountId, OrderId, ServiceId
from daojia.kernel.sealed import Sealed
from daojia.kernel.times import at
from daojia.kernel.value import Value

LEFT_AFTER: Final = timedelta(hours=24)
"""A conversation left for so long starts anew; orders are not touched."""
REMEMBERED_REPLIES: Final = 2
COMPLAINTS_KEPT: Final = 20


class Asked(StrEnum):
    """What the bot asked last."""

    NOTHING = "NOTHING"
    SERVICE = "SERVICE"
    OPTION = "OPTION"
    """One of the choices that a service needs."""
    DAY = "DAY"
    TIME = "TIME"
    PLACE = "PLACE"
    DETAIL = "DETAIL"
    """The part of an address a map does not know: building, door."""
    CONTACT = "CONTACT"
    NOTES = "NOTES"
    CONFIRMATION = "CONFIRMATION"
    """Of the proposal shown: 确认 places the order."""
    ACT = "ACT"
    """Of `Conversation.pending`: 确认 does it."""
    COMPLAINT = "COMPLAINT"


class WishedPlace(Value):
    """A place while it is being asked for. Complete when it can be made a `Place`."""

    point: Point
    area: str
    near: Sealed = ""
    """WeChat's name of a location, put before the door number once that is known."""
    detail: Sealed = ""
    contact: Sealed = ""
    phone: Sealed = ""

    def place(self) -> Place | None:
        """The place, or None while something is missing."""
        if not (self.detail and self.contact and self.phone):
            return None
        return Place(point=self.point, area=self.area, detail=self.detail, contact=self.contact, phone=self.phone)


class Draft(Value):
    """A wish being put together, in any order."""

    service_id: ServiceId | None = None
    wanted: Wanted = Wanted()
    """How much of it, with which options."""
    day: date | None = None
    span: tuple[date, date] | None = None
    """The days that may do, when several were named: 这周末."""
    clock: time | None = None
    part: tuple[time, time] | None = None
    """A part of the day instead of a clock time: 明天下午. The end 00:00 means midnight."""
    place: WishedPlace | None = None
    notes: Sealed = ""
    notes_asked: bool = False
    checked: str = ""
    """For which service, time and place somebody was found free; checking again is not needed while these stay."""

    @property
    def start(self) -> datetime | None:
        """When the visit is wished to start, once day and clock time are known."""
        if self.day is None or self.clock is None:
            return None
        return at(self.day, self.clock.hour, self.clock.minute)

    @property
    def empty(self) -> bool:
        return self == Draft()


class PendingKind(StrEnum):
    """What waits for 确认 beside a booking."""

    CANCEL = "cancel"
    CONFIRM_VISIT = "confirm_visit"
    WITHDRAW = "withdraw"


class Pending(Value):
    """One act on one order, shown and waiting for 确认. `terms` is what was shown: when it no longer holds, it is shown
    again instead of done."""

    kind: PendingKind
    order_id: OrderId
    terms: str


class Complaint(Value):
    """What a customer complained of, in their words, for whoever deals with it."""

    at: datetime
    text: Sealed


class Conversation(Value):
    """The state of one person's chat. `choices` are what the numbers 1, 2, 3 … stand for, as `verb:argument`."""

    account_id: AccountId
    version: int = 0
    touched_at: datetime
    turns: int = 0
    asked: Asked = Asked.NOTHING
    choices: tuple[str, ...] = ()
    draft: Draft = Draft()
    proposal: str | None = None
    """The fingerprint of the proposal on the person's screen."""
    pending: Pending | None = None
    left: Draft | None = None
    """The draft of a conversation that was left: 继续 takes it up again."""
    placed_at: datetime | None = None
    """When the last order was placed here: a second 确认 right after means that one, not something else."""
    complaints: tuple[Complaint, ...] = ()
    said: tuple[str, ...] = ()
    """Hashes of the last replies, so that the bot does not repeat itself."""

    def opened(self, now: datetime) -> "Conversation":
        """The conversation as the next message finds it: anew when it was left for a day."""
        if now - self.touched_at < LEFT_AFTER:
            return self
        left = self.draft if self.draft.service_id is not None else None
        return Conversation(
            account_id=self.account_id,
            version=self.version,
            touched_at=now,
            turns=self.turns,
            left=left,
            complaints=self.complaints,
        )

    def complaining(self, text: str, now: datetime) -> "Conversation":
        """With one more complaint on record; the latest twenty are kept."""
        complaint = Complaint(at=now, text=text)
        return self.model_copy(update={"complaints": (*self.complaints, complaint)[-COMPLAINTS_KEPT:]})

    def asking(self, asked: Asked, *choices: str) -> "Conversation":
        """The next thing asked; what was shown before no longer counts."""
        return self.model_copy(update={"asked": asked, "choices": choices, "proposal": None, "pending": None})

    def with_draft(self, draft: Draft) -> "Conversation":
        return self.model_copy(update={"draft": draft})

    def at_rest(self) -> "Conversation":
        """Nothing asked, no wish in the making."""
        return self.asking(Asked.NOTHING).model_copy(update={"draft": Draft(), "left": None})
