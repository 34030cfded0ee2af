"""How much of a service and with what, out of a sentence: two of them, 带擦 5 扇玻璃, 三小时. Pure."""

import re
from typing import Final

from daojia.catalogue.errors import OptionRefusedError
from daojia.catalogue.model import AddOn, Choosing, Service
from daojia.catalogue.pricing import Chosen, Wanted, priced, unit_of
from daojia.chat.speech import tell
from daojia.chat.understanding import Understanding
from daojia.chat.understanding.script import NUMBER, fold, number
from daojia.kernel.errors import DaojiaError

_NEAR: Final = 6
"""Characters between a count and the word it counts."""
_ADDS: Final = re.compile(r"[加带]|顺便|另外|外加|连同|还要|再|和|跟|附|不要?|别|去掉|取消")
_AGAINST: Final = re.compile(r"(?:不要?|别|不用|去掉|取消|不带|不加)[^,。,，]{0,4}$")


def heard_in(service: Service, before: Wanted, text: str, heard: Understanding) -> tuple[Wanted, list[str]]:
    """The wish with the quantity and options of a sentence, and what to say where that cannot be."""
    message = fold(text)
    wanted, taken = before, list[tuple[int, int]]()
    for option in service.options:
        found = _choice(option, message, heard) if isinstance(option, Choosing) else _added(option, message, service)
        if found is None:
            continue
        chosen, span = found
        taken.append(span)
        wanted = wanted.without(option.option_id) if chosen is None else wanted.choosing(chosen)
    quantity, evidence = heard.slots.get("quantity"), heard.evidence.get("quantity")
    if isinstance(quantity, int) and evidence is not None and not _inside(evidence.span, taken):
        wanted = wanted.model_copy(update={"quantity": quantity})
    return _possible(service, wanted)


def adds(text: str) -> bool:
    """Whether something is asked for on top of something else, or no longer: 带擦玻璃, 再加, 不要擦玻璃了."""
    return _ADDS.search(fold(text)) is not None


def _possible(service: Service, wanted: Wanted) -> tuple[Wanted, list[str]]:
    """As much of the wish as can be had in one visit, with a word about the rest."""
    said: list[str] = []
    most = service.unit.most if service.unit else 1
    if wanted.quantity > most:
        key = "heard.quantity" if service.unit is None else "heard.quantity_most"
        said.append(tell(key, service=service.name, most=most, unit=unit_of(service)))
        wanted = wanted.model_copy(update={"quantity": most})
    for option in service.options:
        chosen = wanted.chosen(option.option_id)
        if isinstance(option, AddOn) and chosen is not None and chosen.quantity > option.most:
            problem = tell("heard.option_most", option=option.name, most=option.most, unit=option.unit)
            said.append(problem)
            wanted = wanted.choosing(chosen.model_copy(update={"quantity": option.most}))
    return wanted, said


def too_much(service: Service, wanted: Wanted) -> str:
    """Why this is not to be had in one visit; empty if it is, or if only a choice is open."""
    try:
        priced(service, wanted)
    except OptionRefusedError as error:
        return error.message
    except DaojiaError as error:
        return "" if error.code == "OPTION_WANTED" else error.message
    return ""


def _choice(option: Choosing, message: str, heard: Understanding) -> tuple[Chosen, tuple[int, int]] | None:
    """The choice a sentence names: the longest of its words that was said; 三小时 by its length."""
    best: tuple[int, Chosen, tuple[int, int]] | None = None
    minutes = heard.slots.get("minutes")
    for each in option.choices:
        for word in (each.name, *each.words):
            place = message.find(fold(word))
            if place >= 0 and (best is None or len(word) > best[0]):
                chosen = Chosen(option_id=option.option_id, choice_id=each.choice_id)
                best = len(word), chosen, (place, place + len(word))
        if best is None and isinstance(minutes, int) and f"{minutes}分钟" in each.words:
            span = heard.spans["minutes"]
            best = 1, Chosen(option_id=option.option_id, choice_id=each.choice_id), span
    return (best[1], best[2]) if best else None


def _added(option: AddOn, message: str, service: Service) -> tuple[Chosen | None, tuple[int, int]] | None:
    """An add-on that a sentence asks for, with its count; None as the choice: it is spoken against."""
    for word in sorted((option.name, *option.words), key=len, reverse=True):
        place = message.find(fold(word))
        if place < 0 or word in service.name:
            continue
        end = place + len(word)
        if _AGAINST.search(message[:place]):
            return None, (place, end)
        counted = _count(option, message, place, end)
        if counted is not None:
            return Chosen(option_id=option.option_id, quantity=counted[0]), (min(place, counted[1]), counted[2])
        return Chosen(option_id=option.option_id), (place, end)
    counted = _count(option, message, 0, len(message)) if _unit_alone(option, service) else None
    return (Chosen(option_id=option.option_id, quantity=counted[0]), counted[1:]) if counted else None


def _unit_alone(option: AddOn, service: Service) -> bool:
    """Whether nothing else of the service is counted like this add-on, so that 5 扇 alone is clear."""
    units = [each.unit for each in service.options if isinstance(each, AddOn)]
    return bool(option.unit) and units.count(option.unit) == 1 and unit_of(service) != option.unit


def _count(option: AddOn, message: str, start: int, end: int) -> tuple[int, int, int] | None:
    """The count in the add-on's unit around a place: how many, and where it was said."""
    if not option.unit:
        return None
    for match in re.finditer(rf"(?<![\d第])({NUMBER}){re.escape(option.unit)}", message):
        if match.end() + _NEAR >= start and match.start() <= end + _NEAR:
            return number(match[1]) or 1, min(start, match.start()), max(match.end(), end)
    return None


def _inside(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return any(first <= span[0] < last for first, last in taken)
