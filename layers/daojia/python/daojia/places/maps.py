"""Tencent Location Service (https://lbs.qq.com, WebService API): words to points, points to words, offers while typing.

Every call is signed: `sig` is the MD5 of path, sorted raw parameters and the secret. Somebody waits for the answer, so
it has a second and a half; a service that does not answer is left alone for half a minute. What was asked lately is
remembered, since the quota counts every call.
"""

import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import quote

import urllib3

from daojia.kernel.breaker import Breaker
from daojia.kernel.errors import UnavailableError
from daojia.kernel.geography import Point
from daojia.kernel.secrets import channel
from daojia.places.errors import MapsRefusedError
from daojia.places.model import Spot, Suggestion

BASE_URL: Final = "https://apis.map.qq.com"
GEOCODER: Final = "/ws/geocoder/v1/"
SUGGESTION: Final = "/ws/place/v1/suggestion"
KEYWORD_BYTES_MAX: Final = 96
_TIMEOUT: Final = urllib3.Timeout(connect=0.7, read=1.5)
_NOTHING_FOUND: Final = 347
_TRY_LATER: Final = {120, 121, 500}
"""So many calls a second, so many a day, their own trouble."""
_RELIABLE: Final = 7
"""From here on Tencent calls a result reliable (of 1 to 10)."""
_A_ROAD: Final = 7
"""The level from which a result is at least a road, not a whole quarter (of 1 to 11; 9 is a house number)."""
_REMEMBERED: Final = 512


class MapsClient:
    """One key. Safe to share between threads. UnavailableError: no answer now; MapsRefusedError: a mistake of ours."""

    def __init__(self, key: str, secret: str, *, base_url: str = BASE_URL, breaker: Breaker | None = None) -> None:
        self._key = key
        self._secret = secret
        self._base_url = base_url.rstrip("/")
        self._breaker = breaker or Breaker()
        self._http = urllib3.PoolManager(maxsize=8, retries=False)
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, Any] = OrderedDict()

    @classmethod
    def of_stage(cls) -> "MapsClient":
        """The stage's map service. UnavailableError when the operator has not set one up."""
        try:
            settings = channel("maps")
        except KeyError as error:
            raise UnavailableError(call="maps") from error
        return _client(settings["key"], settings["secret"], os.environ.get("MAPS_BASE_URL") or BASE_URL)

    def locate(self, address: str) -> Spot | None:
        """Where an address is that names its city; None when the map does not know it at least to the road."""
        result = self._asked(GEOCODER, {"address": address})
        if result is None or int(result["reliability"]) < _RELIABLE or int(result.get("level", 0)) < _A_ROAD:
            return None
        parts = result["address_components"]
        return Spot(
            point=_point(result["location"]),
            district=str(parts.get("district", "")),
            road=str(parts.get("street", "")),
            number=str(parts.get("street_number", "")),
        )

    def describe(self, point: Point) -> Spot | None:
        """What stands at a point: district, street office, road and number."""
        result = self._asked(GEOCODER, {"location": _written(point)})
        if result is None:
            return None
        parts: Mapping[str, Any] = result["address_component"]
        reference: dict[str, Any] = result.get("address_reference") or {}
        town: dict[str, Any] = reference.get("town") or {}
        return Spot(
            point=point,
            district=str(parts.get("district", "")),
            town=str(town.get("title", "")),
            road=str(parts.get("street", "")),
            number=str(parts.get("street_number", "")),
        )

    def suggest(self, words: str, region: str, near: Point | None = None) -> tuple[Suggestion, ...]:
        """Up to ten places whose name begins like the words, in one city."""
        question = {"keyword": _short(words), "region": region, "region_fix": "1", "policy": "1"}
        if near is not None:
            question["location"] = _written(near)
        found = self._asked(SUGGESTION, question, "data")
        return tuple(
            Suggestion(
                title=str(each["title"]),
                address=str(each.get("address", "")),
                district=str(each.get("district", "")),
                point=_point(each["location"]),
            )
            for each in found or ()
        )

    def _asked(self, path: str, question: dict[str, str], part: str = "result") -> Any:
        """One call; what was asked lately comes from memory. None for "nothing found"."""
        remembered = f"{path}?{json.dumps(question, sort_keys=True)}"
        with self._lock:
            if remembered in self._answers:
                self._answers.move_to_end(remembered)
                return self._answers[remembered]
        found = self._called(path, question).get(part)
        with self._lock:
            self._answers[remembered] = found
            if len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return found

    def _called(self, path: str, question: dict[str, str]) -> dict[str, Any]:
        if not self._breaker.allows():
            raise UnavailableError(call=path)
        query = {**question, "key": self._key}
        query["sig"] = signature(path, query, self._secret)
        encoded = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        try:
            response = self._http.request("GET", f"{self._base_url}{path}?{encoded}", timeout=_TIMEOUT)
            answer: dict[str, Any] = json.loads(response.data) if response.status == 200 else {}
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            self._breaker.failed()
            raise UnavailableError(call=path) from error
        if "status" not in answer:
            self._breaker.failed()
            raise UnavailableError(call=path, http_status=response.status)
        status = int(answer["status"])
        if status in _TRY_LATER:
            self._breaker.failed()
            raise UnavailableError(call=path, status=status)
        self._breaker.succeeded()
        if status == _NOTHING_FOUND:
            return {}
        if status:
            raise MapsRefusedError(status=status)
        return answer


def signature(path: str, query: Mapping[str, str], secret: str) -> str:
    """`sig` of a GET request: MD5 of `path?a=1&b=2` (names sorted, values as they are before URL encoding) and the
    secret, in small letters."""
    joined = "&".join(f"{name}={query[name]}" for name in sorted(query))
    return hashlib.md5(f"{path}?{joined}{secret}".encode(), usedforsecurity=False).hexdigest()


@cache
def _client(key: str, secret: str, base_url: str) -> MapsClient:
    return MapsClient(key, secret, base_url=base_url)


def _point(location: Mapping[str, Any]) -> Point:
    return Point(lat=float(location["lat"]), lng=float(location["lng"]))


def _written(point: Point) -> str:
    return f"{point.lat:.6f},{point.lng:.6f}"


def _short(words: str) -> str:
    """What fits into a keyword: 96 bytes, a Chinese character counting three."""
    return words.encode()[:KEYWORD_BYTES_MAX].decode(errors="ignore")
