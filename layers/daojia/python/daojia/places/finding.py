"""From words to a served place: a map service that knows roads and doors, and the catalogue's own list of streets.

The map is asked when the words hold a road with a number, or when the list does not know them. When it does not
answer, the list alone decides: somebody who wrote a street that is served is never turned away for it.
"""

from collections.abc import Sequence
from typing import Final

from daojia.catalogue.book import Book, Located
from daojia.kernel.errors import DaojiaError
from daojia.kernel.geography import Point
from daojia.kernel.parallel import both
from daojia.places import wording
from daojia.places.errors import PlaceAmbiguousError, PlaceNotFoundError
from daojia.places.maps import MapsClient
from daojia.places.model import Spot, Suggestion
from daojia.platform.observability import logger

SUGGESTED_MAX: Final = 10
_LISTED_MAX: Final = 5


def find(book: Book, words: str) -> Located:
    """The one served place the words mean.

    PlaceNotFoundError; PlaceAmbiguousError with the choices; OutsideAreaError names the nearest area served.
    """
    return the_one(candidates(book, words, spots_of(book, words) if needs_map(book, words) else ()))


def needs_map(book: Book, words: str) -> bool:
    """Whether the list of streets alone would place these words badly, or not at all."""
    return wording.names_a_number(words) or book.find_place(words) is None


def spots_of(book: Book, words: str) -> tuple[Spot, ...]:
    """What the map makes of the words, the likeliest first; nothing when it does not answer."""
    cities = list(dict.fromkeys(area.city for area in book.served))
    if not cities:
        return ()
    city = cities[0]
    try:
        client = MapsClient.of_stage()
        best, offered = both(
            lambda: client.locate(wording.in_city(words, city)), lambda: client.suggest(wording.below_area(words), city)
        )
    except DaojiaError as error:
        logger.info("no map", error=error.code, error_details=error.details)
        return ()
    named = wording.below_area(words)
    same_name = tuple(
        Spot(point=each.point, district=each.district)
        for each in offered
        if each.title and named.startswith(each.title)
    )
    return (*((best,) if best else ()), *same_name)


def candidates(book: Book, words: str, spots: Sequence[Spot]) -> tuple[Located, ...]:
    """The served places that fit, one per district. OutsideAreaError when the map knows the place, but nobody goes
    there."""
    listed = book.find_place(words)
    inside = [located for spot in spots if (located := book.locate(spot.point)) is not None]
    if listed is not None and listed.area.district in words:
        inside = [located for located in inside if located.area.area_id == listed.area.area_id]
    by_area = {located.area.area_id: located for located in reversed(inside)}
    found = tuple(dict.fromkeys(by_area[located.area.area_id] for located in inside)) if inside else ()
    if found:
        return tuple(_as_written(each, listed) for each in found)
    if listed is not None:
        return (listed,)
    if spots:
        book.require_served(spots[0].point)
    return ()


def the_one(found: Sequence[Located]) -> Located:
    """The only candidate. PlaceNotFoundError for none, PlaceAmbiguousError for several."""
    if not found:
        raise PlaceNotFoundError
    if len(found) > 1:
        choices = [{"area": each.text, "lat": each.point.lat, "lng": each.point.lng} for each in found]
        raise PlaceAmbiguousError(choices=choices)
    return found[0]


def describe(book: Book, point: Point) -> Located:
    """Where a served point lies, with the street office the map names there. OutsideAreaError elsewhere."""
    located = book.require_served(point)
    try:
        spot = MapsClient.of_stage().describe(point)
    except DaojiaError as error:
        logger.info("no map", error=error.code, error_details=error.details)
        return located
    street = next((each for each in located.area.streets if spot is not None and each.name == spot.town), None)
    return located if street is None else located.model_copy(update={"street": street})


def suggest(book: Book, words: str, near: Point | None) -> tuple[tuple[Suggestion, bool], ...]:
    """What somebody who types may mean, each with whether it is served; from the list of streets when the map does not
    answer."""
    city = next((area.city for area in book.served), "")
    try:
        found = MapsClient.of_stage().suggest(words, city, near)
    except DaojiaError as error:
        logger.info("no map", error=error.code, error_details=error.details)
        found = ()
    offered = [(each, book.locate(each.point) is not None) for each in found]
    return tuple([*offered, *((each, True) for each in _listed(book, words))][:SUGGESTED_MAX])


def _listed(book: Book, words: str) -> list[Suggestion]:
    said = "".join(words.split())
    return [
        Suggestion(title=name, address=f"{area.name}{street.name}", district=area.district, point=street.centre)
        for area in book.served
        for street in area.streets
        for name in (street.name, *street.aliases)
        if said and said in name
    ][:_LISTED_MAX]


def _as_written(located: Located, listed: Located | None) -> Located:
    """With the street office somebody wrote, where it lies in the same district as the door."""
    if listed is None or listed.street is None or listed.area.area_id != located.area.area_id:
        return located
    return located.model_copy(update={"street": listed.street})
