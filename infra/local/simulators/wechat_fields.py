"""What the fields of template and subscribe messages may hold. The type is the field's name without its number.

Rules: https://developers.weixin.qq.com/miniprogram/dev/api-backend/open-api/subscribe-message/ (参数值内容限制).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from infra.local.simulators.wechat_config import Template
from infra.local.simulators.wechat_errors import Denied

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
_EMOJI = re.compile("[\U0001f000-\U0001faff\ufe0f\u200d]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_MM, _DD = r"(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12]\d|0?[1-9])"
_DAY = rf"(?:\d{{4}}年{_MM}月{_DD}日|\d{{4}}([-/.]){_MM}\1{_DD})"
_MONTH = rf"(?:\d{{4}}年{_MM}月|{_MM}月{_DD}日)"
_CLOCK = r"(?:2[0-3]|[01]?\d):[0-5]\d(?::[0-5]\d)?"
_TIME_POINT = re.compile(rf"(?:{_DAY} ?)?{_CLOCK}")
_DATE_POINT = re.compile(rf"(?:{_DAY}|{_MONTH})(?: ?{_CLOCK})?")
_NAME = re.compile(rf"[{_HAN}·a-zA-Z .\-]{{1,10}}|[a-zA-Z .,'·\-]{{1,20}}")


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: bool(compiled.fullmatch(value))


def _span(point: re.Pattern[str]) -> Callable[[str], bool]:
    """One point, or two joined by ~."""
    return lambda value: 1 <= len(ends := value.split("~")) <= 2 and all(point.fullmatch(end.strip()) for end in ends)


def _plain(value: str) -> bool:
    return not _CONTROL.search(value) and not _EMOJI.search(value)


RULES: dict[str, Callable[[str], bool]] = {
    "thing": lambda value: len(value) <= 20 and _plain(value),
    "short_thing": lambda value: len(value) <= 5 and _plain(value),
    "number": lambda value: len(value) <= 32 and bool(re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII)),
    "letter": _matches(r"[A-Za-z]{1,32}"),
    "symbol": lambda value: len(value) <= 5 and _plain(value) and not re.search(rf"[{_HAN}A-Za-z0-9]", value),
    "character_string": _matches(r"[\x21-\x7e]{1,32}"),
    "time": _span(_TIME_POINT),
    "date": _span(_DATE_POINT),
    "amount": _matches(r"(?:[¥￥$€£]|HK\$|US\$|人民币)?\d{1,10}(?:\.\d+)?元?"),
    "phone_number": _matches(r"[0-9+\-() ]{1,17}"),
    "car_number": _matches(rf"[{_HAN}A-Z0-9][A-Z0-9]{{1,6}}[{_HAN}A-Z0-9]"),
    "name": lambda value: bool(_NAME.fullmatch(value)),
    "phrase": _matches(rf"[{_HAN}]{{1,5}}"),
    "enum": lambda value: len(value) <= 20 and _plain(value),
    "const": lambda value: len(value) <= 20 and _plain(value),
}


def type_of(field: str) -> str:
    """`character_string5` → `character_string`."""
    return re.sub(r"\d+$", "", field)


def card_fields(template: Template, data: Any) -> list[dict[str, str]]:
    """The card's lines: name, label and value. Denied (47003) naming the first field that is missing or wrong.

    What the template does not have is left out, as WeChat does.
    """
    if not isinstance(data, Mapping):
        raise Denied(47003, "data is empty")
    lines: list[dict[str, str]] = []
    for name, label in template.fields.items():
        content = data.get(name)
        value = content.get("value") if isinstance(content, Mapping) else None
        if value is None or value == "":
            raise Denied(47003, f"data.{name}.value is empty")
        rule = RULES.get(type_of(name), RULES["thing"])
        if isinstance(value, bool) or not isinstance(value, str | int | float) or not rule(str(value)):
            raise Denied(47003, f"data.{name}.value invalid")
        lines.append({"name": name, "label": label, "value": str(value)})
    return lines
