"""Cursors of lists as they go out: signed for the list they belong to, so that what comes back can be relied on."""

from datetime import datetime, timedelta
from typing import Final

from daojia.kernel.errors import DaojiaError, InvalidInputError
from daojia.kernel.texts import say
from daojia.platform.links import read_link, sign_link

GOOD_FOR: Final = timedelta(days=1)


def given_out(cursor: str | None, owner: str, now: datetime) -> str | None:
    """What the API answers as `next`; None at the end of the list."""
    return None if cursor is None else sign_link("cursor", {"of": owner, "at": cursor}, now + GOOD_FOR)


def taken_back(text: str | None, owner: str, now: datetime) -> str | None:
    """The cursor that was given out to `owner`. InvalidInputError for anything else."""
    if not text:
        return None
    try:
        subject = read_link("cursor", text, now)
    except DaojiaError:
        subject = {}
    if subject.get("of") != owner:
        raise InvalidInputError(problem=say("errors.problems.cursor"))
    return subject["at"]
