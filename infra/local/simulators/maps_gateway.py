"""The WebService API: key and signature checked, calls counted, answered from the gazetteer, journalled.

The service answers 200 whatever happens; `status` says what did (https://lbs.qq.com, 状态码说明).
"""

import asyncio
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from infra.local.simulators.faults import Faults
from infra.local.simulators.journal import Journal
from infra.local.simulators.maps_gazetteer import ADCODE, PROVINCE, Found, Gazetteer, Position, metres
from infra.local.simulators.storage import Clock, Settings, Store

GEOCODER = ("/ws/geocoder/v1", "/ws/geocoder/v1/")
SUGGESTION = ("/ws/place/v1/suggestion", "/ws/place/v1/suggestion/")
DEFAULTS = {"per_second": 50, "per_day": 10_000}
KEYWORD_BYTES_MAX = 96
MESSAGES = {
    110: "请求来源未被授权",
    111: "签名验证失败",
    120: "此key每秒请求量已达到上限",
    121: "此key每日调用量已达到上限",
    190: "无效的KEY",
    306: "缺少必要参数",
    310: "请求参数信息有误",
    311: "key格式错误",
    347: "查询无结果",
    348: "参数错误",
    404: "请求路径错误",
    500: "服务器内部错误",
}
_KEY = re.compile(r"(?:[A-Z0-9]{5}-){5}[A-Z0-9]{5}")
_LOCATION = re.compile(r"-?\d{1,2}(?:\.\d+)?,-?\d{1,3}(?:\.\d+)?")


class Denied(Exception):  # noqa: N818 - it is an answer, not a failure of this program
    """A status other than 0."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status} {MESSAGES.get(status, '')}")
        self.status = status

    def body(self) -> dict[str, Any]:
        return {"status": self.status, "message": MESSAGES.get(self.status, "未知错误")}


class Gateway:
    """The endpoint for all real paths."""

    def __init__(
        self,
        config: Mapping[str, str],
        *,
        store: Store,
        clock: Clock,
        settings: Settings,
        faults: Faults,
        journal: Journal,
    ) -> None:
        self._key, self._secret = config["key"], config["secret"]
        self._store = store
        self._clock = clock
        self._settings = settings
        self._faults = faults
        self._journal = journal
        self._map = Gazetteer()
        self._second, self._in_second = 0, 0

    def describe(self) -> list[str]:
        """The APIs, for `GET /`."""
        return [
            f"GET {GEOCODER[1]}?address=… (words to a point)",
            f"GET {GEOCODER[1]}?location=lat,lng (a point to words)",
            f"GET {SUGGESTION[0]}?keyword=…&region=…",
        ]

    async def answer(self, request: Request) -> Response:
        """Answer one call, with whatever misbehaviour was switched on for its path."""
        path = request.url.path
        fault = self._faults.take(path, "slow", "late", "error", "lost")
        if fault and fault.kind in ("slow", "late"):
            await asyncio.sleep((fault.delay_ms or 6000) / 1000)
        query = dict(parse_qsl(request.url.query, keep_blank_values=True))
        status = 200
        if fault and fault.kind == "error":
            answer, status = Denied(int(fault.code or 500)).body(), fault.status or 200
        else:
            answer = self._answer(request.method, path, query)
        if fault and fault.kind == "lost":
            await asyncio.sleep(fault.delay_ms / 1000)
            status = fault.status or 502
        shown = {name: "…" if name in ("key", "sig") else value for name, value in query.items()}
        said = {"path": path, "query": shown, "http": status, "answer": answer, "fault": fault.kind if fault else ""}
        self._journal.record("request", said)
        if fault and fault.kind == "lost":
            return Response("bad gateway", status)
        answer["request_id"] = uuid.uuid4().hex
        return Response(json.dumps(answer, ensure_ascii=False), status, media_type="application/json")

    def _answer(self, method: str, path: str, query: dict[str, str]) -> dict[str, Any]:
        try:
            do = self._operation(path, query)
            if method != "GET":
                raise Denied(404)
            self._authorise(path, query)
            self._count()
            return {"status": 0, "message": "query ok" if path in GEOCODER else "Success", **do(query)}
        except Denied as denied:
            return denied.body()

    def _operation(self, path: str, query: Mapping[str, str]) -> Callable[[dict[str, str]], dict[str, Any]]:
        if path in SUGGESTION:
            return self._suggest
        if path in GEOCODER:
            return self._reverse if "location" in query else self._geocode
        raise Denied(404)

    def _authorise(self, path: str, query: Mapping[str, str]) -> None:
        """Denied: 311, 190 for the key, 111 for the signature."""
        key = query.get("key", "")
        if not _KEY.fullmatch(key):
            raise Denied(311)
        if key != self._key:
            raise Denied(190)
        signed = "&".join(f"{name}={query[name]}" for name in sorted(query) if name != "sig")
        expected = hashlib.md5(f"{path}?{signed}{self._secret}".encode(), usedforsecurity=False).hexdigest()
        if query.get("sig") != expected:
            raise Denied(111)

    def _count(self) -> None:
        """Denied (120, 121) when it is one call too many in this second or on this day."""
        second = int(self._clock.now())
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        if self._in_second > self._settings["per_second"]:
            raise Denied(120)
        day = f"calls:{self._clock.at():%Y-%m-%d}"
        today = int(self._store.setting(day, 0))
        if today >= self._settings["per_day"]:
            raise Denied(121)
        self._store.set(day, today + 1)

    def _geocode(self, query: dict[str, str]) -> dict[str, Any]:
        address = query.get("address", "")
        if not address:
            raise Denied(306)
        if query.get("output", "json") != "json":
            raise Denied(310)
        found = self._map.find(address)
        if found is None:
            raise Denied(347)
        return {
            "result": {
                "title": found.title,
                "location": _location(found.point),
                "address_components": _parts(found),
                "ad_info": {"adcode": ADCODE},
                "similarity": 0.99,
                "deviation": 1000,
                "reliability": found.reliability,
                "level": found.level,
            }
        }

    def _reverse(self, query: dict[str, str]) -> dict[str, Any]:
        point = _point_of(query["location"])
        found = self._map.describe(point)
        reference: dict[str, Any] = {}
        if found.town:
            reference["town"] = {"id": ADCODE, "title": found.town, "_distance": 0, "_dir_desc": "内"}
        return {
            "result": {
                "location": _location(point),
                "address": found.address,
                "formatted_addresses": {"recommend": f"{found.town}{found.title}", "rough": found.town},
                "address_component": {"nation": "中国", **_parts(found)},
                "ad_info": {"adcode": ADCODE, "city": found.city, "district": found.district},
                "address_reference": reference,
            }
        }

    def _suggest(self, query: dict[str, str]) -> dict[str, Any]:
        words = query.get("keyword", "")
        if not words:
            raise Denied(306)
        if len(words.encode()) > KEYWORD_BYTES_MAX or query.get("region_fix", "0") not in ("0", "1"):
            raise Denied(310)
        near = _point_of(query["location"]) if "location" in query else None
        inside = "武汉" in query.get("region", "武汉")
        found = self._map.suggest(words, near) if inside else []
        data = [
            {
                "id": hashlib.md5(f"{each.title}{each.district}".encode(), usedforsecurity=False).hexdigest()[:19],
                "title": each.title,
                "address": each.address,
                "province": PROVINCE,
                "city": each.city,
                "district": each.district,
                "adcode": int(ADCODE),
                "type": 0,
                "location": _location(each.point),
                **({"_distance": round(metres(near, each.point))} if near else {}),
            }
            for each in found
        ]
        return {"count": len(data), "data": data}


def _parts(found: Found) -> dict[str, str]:
    return {
        "province": PROVINCE if found.city else "",
        "city": found.city,
        "district": found.district,
        "street": found.road,
        "street_number": f"{found.road}{found.number}" if found.number else "",
    }


def _location(point: Position) -> dict[str, float]:
    return {"lat": point[0], "lng": point[1]}


def _point_of(text: str) -> Position:
    if not _LOCATION.fullmatch(text):
        raise Denied(310)
    lat, lng = (float(part) for part in text.split(","))
    if abs(lat) > 90 or abs(lng) > 180:
        raise Denied(310)
    return (lat, lng)
