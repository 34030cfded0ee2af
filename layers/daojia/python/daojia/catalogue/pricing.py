"""What a wish costs and how long it takes: the one place where quantity and options become lines and minutes. Pure."""

from typing import Final

from pydantic import Field

from daojia.catalogue.errors import OptionRefusedError, OptionWantedError, TooManyUnitsError, VisitTooLongError
from daojia.catalogue.model import AddOn, Choosing, LineKind, PriceLine, Quote, Service
from daojia.kernel.texts import say
from daojia.kernel.value import Value

VISIT_MINUTES_MAX: Final = 600
"""Nobody works longer than ten hours in one visit."""
OPTIONS_MAX: Final = 20


class Chosen(Value):
    """An answer to an option: which choice, or how many of an add-on."""

    option_id: str = Field(max_length=64)
    choice_id: str | None = Field(default=None, max_length=64)
    quantity: int = Field(default=1, ge=1, le=999)


class Wanted(Value):
    """How much of a service, with what. As it is said; `priced` checks it against the service."""

    quantity: int = Field(default=1, ge=1, le=999)
    options: tuple[Chosen, ...] = Field(default=(), max_length=OPTIONS_MAX)

    def chosen(self, option_id: str) -> Chosen | None:
        """What was said about an option."""
        return next((each for each in self.options if each.option_id == option_id), None)

    def choosing(self, *chosen: Chosen) -> "Wanted":
        """With these answers in place of earlier ones to the same options."""
        new = {each.option_id: each for each in chosen}
        kept = tuple(each for each in self.options if each.option_id not in new)
        return self.model_copy(update={"options": (*kept, *new.values())})

    def without(self, option_id: str) -> "Wanted":
        """Without what was said about an option."""
        return self.model_copy(update={"options": tuple(each for each in self.options if each.option_id != option_id)})


class Priced(Value):
    """A wish as it can be sold: `shown` are quantity and options as people read them, 2 台, 加擦玻璃 5 扇."""

    wanted: Wanted
    quote: Quote
    minutes: int
    shown: tuple[str, ...]


def priced(service: Service, wanted: Wanted) -> Priced:
    """The lines and minutes of so much of a service with these options.

    Lines per unit are multiplied by the quantity; every further unit adds the unit's minutes; choices and add-ons add
    theirs. Raises TooManyUnitsError, OptionRefusedError (unknown, twice, too many), OptionWantedError (nothing chosen
    where something must be), VisitTooLongError.
    """
    most = service.unit.most if service.unit else 1
    if wanted.quantity > most:
        raise TooManyUnitsError(service=service.name, most=most, unit=unit_of(service))
    lines = [_times(line, wanted.quantity) if line.per_unit else line for line in service.price_lines]
    minutes = service.minutes + (wanted.quantity - 1) * (service.unit.minutes if service.unit else 0)
    shown = [f"{wanted.quantity} {unit_of(service)}"] if service.unit and wanted.quantity > 1 else []
    _known(service, wanted)
    for option in service.options:
        line, more, words = _option(option, wanted)
        lines += [line] if line else []
        minutes += more
        shown += [words] if words else []
    if minutes > VISIT_MINUTES_MAX:
        raise VisitTooLongError(hours=VISIT_MINUTES_MAX // 60)
    return Priced(wanted=wanted, quote=Quote(lines=tuple(lines)), minutes=minutes, shown=tuple(shown))


def quote_of(service: Service, quantity: int) -> Quote:
    """The price of so many units with the usual choices, of others the cheapest."""
    cheapest = (
        Chosen(option_id=option.option_id, choice_id=min(option.choices, key=lambda each: each.price_fen).choice_id)
        for option in service.undecided
    )
    return priced(service, Wanted(quantity=quantity, options=tuple(cheapest))).quote


def unit_of(service: Service) -> str:
    """What the service is counted in: 台; 份 where nothing else is said."""
    return service.unit.name if service.unit else say("errors.words.portion")


def missing(service: Service, wanted: Wanted) -> Choosing | None:
    """The first thing that still has to be chosen."""
    return next((each for each in service.undecided if wanted.chosen(each.option_id) is None), None)


def _known(service: Service, wanted: Wanted) -> None:
    """Every option said exists and is said once."""
    ids = [each.option_id for each in wanted.options]
    names = {option.option_id for option in service.options}
    for option_id in ids:
        if option_id not in names:
            raise OptionRefusedError(option=option_id, problem=say("errors.options.unknown", service=service.name))
        if ids.count(option_id) > 1:
            raise OptionRefusedError(option=option_id, problem=say("errors.options.twice"))


def _option(option: Choosing | AddOn, wanted: Wanted) -> tuple[PriceLine | None, int, str]:
    """What an option adds: a line (none where it is free), minutes, and how it reads."""
    said = wanted.chosen(option.option_id)
    if isinstance(option, AddOn):
        if said is None:
            return None, 0, ""
        if said.choice_id is not None:
            raise OptionRefusedError(option=option.name, problem=say("errors.options.no_choice"))
        if said.quantity > option.most:
            problem = say("errors.options.too_many", most=option.most, unit=option.unit)
            raise OptionRefusedError(option=option.name, problem=problem)
        line = PriceLine(name=option.name, amount_fen=option.price_fen, kind=LineKind.OPTION, per_unit=True)
        counted = f"{option.name} {said.quantity} {option.unit}".rstrip() if option.most > 1 else option.name
        return _times(line, said.quantity), option.minutes * said.quantity, counted
    choice = option.choice(said.choice_id if said else option.usual)
    if choice is None:
        names = say("errors.words.separator").join(each.name for each in option.choices)
        if said is None:
            raise OptionWantedError(option=option.name, choices=names)
        raise OptionRefusedError(option=option.name, problem=say("errors.options.choose", choices=names))
    times = wanted.quantity if option.per_unit else 1
    label = f"{option.name}：{choice.name}"
    line = PriceLine(name=label, amount_fen=choice.price_fen, kind=LineKind.OPTION, per_unit=option.per_unit)
    priced_line = _times(line, times) if choice.price_fen else None
    return priced_line, choice.minutes * times, label if said else ""


def _times(line: PriceLine, quantity: int) -> PriceLine:
    return line.model_copy(update={"amount_fen": line.amount_fen * quantity, "quantity": quantity})
