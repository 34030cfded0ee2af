"""Addresses as people write them: what is the city, the district, the road with its number, the rest. Pure."""

import re
from typing import Final

_CITY: Final = re.compile(r"^(?:中国)?(?:[一-龥]{2,3}省)?(?:[一-龥]{2,3}市)?")
_DISTRICT: Final = re.compile(r"^[一-龥]{1,4}[区县]")
_ROAD: Final = re.compile(r"(?:大道|大街|[路街巷])\s*(?:[一二三四五六七八九十\d]{1,5}\s*(?:号|弄)|\d{1,5})")


def below_area(text: str, street: str = "") -> str:
    """The part of an address below its street: 武汉市洪山区关山街道阳光花园 3 栋 → 阳光花园 3 栋. Another street's name
    stays: the provider reads it."""
    rest = _DISTRICT.sub("", _CITY.sub("", text.strip()), count=1).strip()
    for name in filter(None, (f"{street}办事处", street)):
        rest = rest.removeprefix(name).strip()
    return rest.strip(" ,，、")


def names_a_number(text: str) -> bool:
    """Whether a road stands there with a house number, which a map finds better than a list of street offices."""
    return _ROAD.search(text) is not None


def in_city(text: str, city: str) -> str:
    """The address with its city in front, as map services want it; another city that is named stays."""
    found = _CITY.match(text.strip())
    return text.strip() if found and found[0].endswith("市") else f"{city}{text.strip()}"
