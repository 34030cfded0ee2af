"""How often each app may call each API, a day (45009) and a minute (45011). The day's counts outlive a restart."""

from collections import defaultdict
from typing import Any

from infra.local.simulators.controls import bad_request
from infra.local.simulators.storage import Clock, Store
from infra.local.simulators.wechat_errors import Denied

LIMITS = {
    "/cgi-bin/stable_token": {"per_day": 500_000, "per_minute": 10_000},
    "/cgi-bin/token": {"per_day": 2_000, "per_minute": 10_000},
    "/cgi-bin/message/template/send": {"per_day": 100_000, "per_minute": 10_000},
    "/cgi-bin/message/custom/send": {"per_day": 500_000, "per_minute": 10_000},
    "/cgi-bin/message/subscribe/send": {"per_day": 3_000_000, "per_minute": 10_000},
    "/cgi-bin/message/subscribe/bizsend": {"per_day": 3_000_000, "per_minute": 10_000},
    "/cgi-bin/user/info": {"per_day": 500_000, "per_minute": 10_000},
    "/sns/jscode2session": {"per_day": 10_000_000, "per_minute": 10_000},
    "/wxa/business/getuserphonenumber": {"per_day": 5_000_000, "per_minute": 10_000},
    "/wxa/msg_sec_check": {"per_day": 2_000_000, "per_minute": 4_000},
}


class Quotas:
    """Counts calls and refuses those beyond a limit; the limits can be lowered to see what happens."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._minutes: defaultdict[str, int] = defaultdict(int)
        self._minute = 0

    def count(self, appid: str, path: str) -> None:
        """One more call. Denied (45009, 45011) when it is one too many."""
        minute = int(self._clock.now() // 60)
        if minute != self._minute:
            self._minutes.clear()
            self._minute = minute
        limits, day = self.limits(path), self._day(appid, path)
        today = int(self._store.setting(day, 0))
        if today >= limits["per_day"]:
            raise Denied(45009)
        if self._minutes[f"{appid}:{path}"] >= limits["per_minute"]:
            raise Denied(45011)
        self._minutes[f"{appid}:{path}"] += 1
        self._store.set(day, today + 1)

    def limits(self, path: str) -> dict[str, int]:
        return {**LIMITS[path], **self._store.setting(f"limits:{path}", {})}

    def change(self, changes: dict[str, Any]) -> None:
        """`{path: {per_day?, per_minute?}}`; Refused (400) for another path or shape."""
        for path, limits in changes.items():
            fits = isinstance(limits, dict) and all(type(each) is int and each >= 0 for each in limits.values())
            if path not in LIMITS or not fits or not set(limits) <= {"per_day", "per_minute"}:
                raise bad_request(f"unknown path or limits: {path}")
        for path, limits in changes.items():
            self._store.set(f"limits:{path}", limits)

    def used(self, appid: str) -> dict[str, dict[str, int]]:
        """Per API the limits and what was used today."""
        return {
            path: {**self.limits(path), "used_today": int(self._store.setting(self._day(appid, path), 0))}
            for path in LIMITS
        }

    def _day(self, appid: str, path: str) -> str:
        return f"quota:{appid}:{path}:{self._clock.at():%Y-%m-%d}"
