"""Where: from words, a location message or the address book to a place that is complete and served. Pure."""

import re
from collections.abc import Callable
from typing import Final

from daojia.catalogue.book import Located
from daojia.chat.hearing import ContactHeard, contact_of
from daojia.chat.message import Message
from daojia.chat.model import WishedPlace
from daojia.chat.situation import Situation
from daojia.chat.understanding import Understanding
from daojia.places import finding, wording

Finder = Callable[[], WishedPlace | None]
DETAIL_MAX: Final = 100
CONTACT_MAX: Final = 20
_DOOR: Final = re.compile(r"\d|[一二三四五六七八九十]+[栋幢座楼层室单]|号")
_COMMUNITY: Final = re.compile(r"[一-龥]{2,}\s*(?:小区|花园|大厦|公寓|广场)|[一-龥]{3,}\s*\d{1,3}\s*[栋幢座]")
_USUAL: Final = re.compile(r"老地方|老地址|老位置|上次(?:那个|的)?(?:地址|地方|位置)|(?:还是|跟)上次(?:那里|那儿|一样)")
_SOMEWHERE: Final = re.compile(r"[省市区县镇乡路街巷村栋幢]|小区|花园|大厦|单元")
_DOORS: Final = re.compile(
    r"(?:\s*(?:\d{1,5}(?!\d)|[A-Za-z](?![A-Za-z])|[-－#]|号楼|号|栋|幢|座|单元|楼|层|室|弄|巷|门|期))+"
)
_LEADING: Final = re.compile(r"^(?:我家|我|地址|住址|家|公司)?(?:就)?(?:在|住|是|为|去|到)?[:：,，\s]*")


def saved(sit: Situation, address_id: str) -> WishedPlace | None:
    """An entry of the address book; it must still be served (OutsideAreaError)."""
    entry = next((each for each in sit.account.addresses if each.address_id == address_id), None)
    if entry is None:
        return None
    sit.book.require_served(entry.place.point)
    place = entry.place
    return WishedPlace(
        point=place.point, area=place.area, detail=place.detail, contact=place.contact, phone=place.phone
    )


def named(sit: Situation, text: str) -> WishedPlace | None:
    """An entry of the address book by its label: 家, 公司; 老地方 is where the last visit was."""
    if sit.account.addresses and _USUAL.search(text):
        return saved(sit, sit.account.addresses[0].address_id)
    for entry in sit.account.addresses:
        if entry.label and entry.label in text:
            return saved(sit, entry.address_id)
    return None


def says_usual(text: str) -> bool:
    """Whether 老地方 is meant, or where it was last time."""
    return _USUAL.search(text) is not None


def located(sit: Situation, message: Message) -> WishedPlace:
    """A location message. OutsideAreaError names the nearest served area."""
    assert message.point is not None
    sit.book.require_served(message.point)
    found = sit.book.locate(message.point)
    near = wording.below_area(message.text, found.street.name if found and found.street else "")
    return _with_usual_contact(sit, WishedPlace(point=message.point, area=found.text if found else "", near=near))


def address_in(text: str, heard: Understanding) -> str:
    """The address a sentence holds, with the building and door that follow it; empty when there is none."""
    words, evidence = heard.slots.get("address_text"), heard.evidence.get("address_text")
    if not words or evidence is None:
        return ""
    door = _DOORS.match(text[evidence.span[1] :])
    return str(words) + (door[0] if door else "")


def has_door(text: str) -> bool:
    """Whether a number, a building or a door stands there, which questions do not hold."""
    return _DOOR.search(text) is not None


def looks_like_one(text: str, heard: Understanding) -> bool:
    """Whether words are meant for an address, known or not: the 1 号 in it is then no day of the month."""
    return bool(heard.slots.get("address_text")) or _SOMEWHERE.search(text) is not None


def written(sit: Situation, text: str) -> WishedPlace | None:
    """An address in words, with contact and phone if they stand beside it. None when no served street or district is
    named in it."""
    heard = contact_of(text)
    found = _placed(sit, heard.rest)
    if found is None:
        return None
    detail = wording.below_area(_LEADING.sub("", heard.rest), found.street.name if found.street else "")[:DETAIL_MAX]
    place = WishedPlace(point=found.point, area=found.text, detail=detail if _DOOR.search(detail) else "")
    if not place.detail:
        place = place.model_copy(update={"near": detail})
    return _with_usual_contact(sit, with_contact(place, heard))


def _placed(sit: Situation, words: str) -> Located | None:
    """The street served that is named, or what the map knows of a road and its number, or of a community.

    PlaceAmbiguousError when it knows several of that name; OutsideAreaError when it lies where nobody goes.
    """
    listed = sit.book.find_place(words)
    if listed is not None and listed.street is not None and listed.street.name in "".join(words.split()):
        return listed
    # 关山大道 88 号 is not in 关山街道: a road with a number is for the map, whatever its name reminds of.
    if not (wording.names_a_number(words) or (listed is None and _COMMUNITY.search(words))):
        return listed
    found = finding.candidates(sit.book, words, sit.spots(words))
    return finding.the_one(found) if found else None


def with_detail(place: WishedPlace, text: str) -> WishedPlace:
    """The building and door; a contact may stand beside them. A line that is nothing but a contact changes no door."""
    heard = contact_of(text)
    rest = heard.rest.strip()
    place = with_contact(place, heard)
    if not rest or (heard.phone and not _DOOR.search(rest) and len(rest) < 2):
        return place
    near = place.near if place.near and place.near not in rest else ""
    return place.model_copy(update={"detail": " ".join(filter(None, (near, rest)))[:DETAIL_MAX]})


def with_contact(place: WishedPlace, heard: ContactHeard) -> WishedPlace:
    """With what a message said of whom to call."""
    return place.model_copy(
        update={"contact": (heard.contact or place.contact)[:CONTACT_MAX], "phone": heard.phone or place.phone}
    )


def _with_usual_contact(sit: Situation, place: WishedPlace) -> WishedPlace:
    """Whoever was called last time, unless somebody else was named."""
    usual = sit.account.addresses[0].place if sit.account.addresses else None
    if usual is None or (place.contact and place.phone):
        return place
    if not place.contact and not place.phone:
        return place.model_copy(update={"contact": usual.contact, "phone": usual.phone})
    return place
