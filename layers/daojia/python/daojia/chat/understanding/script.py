"""Written Chinese made uniform, and numbers read from it. Folding never changes the length, so spans stay true."""

import re
from functools import cache
from typing import Final

_DIGITS: Final = {
    char: value
    for value, chars in enumerate(("零〇0", "一1", "二两2", "三3", "四4", "五5", "六6", "七7", "八8", "九9"))
    for char in chars
}
_TRADITIONAL: Final = (
    (
        "點後號時鐘鍾週禮兩個開門臺間幾過這現馬約預訂單價錢費還沒來師護膚電視調維潔頭髮機煙聽晝臘聖誕節農曆陰舊慶勞動"
        "陽歲內從給務東車進連達樓層廳棟對說請問誰們會長嗎幫換樣題應該業隨總緊趕飯無見萬貴賣買廣區縣鎮園橋灣淨衛廁廚熱"
        "氣濕壞鎖燈線網腦貓媽爺嬰產婦腳鐵鋪雙隻條張裡裏邊遠難準備證據塊錯記發聯係話語體驗評級參觀嚴選擇結賬帳將與並經"
        "濟歷讓變"
    ),
    (
        "点后号时钟钟周礼两个开门台间几过这现马约预订单价钱费还没来师护肤电视调维洁头发机烟听昼腊圣诞节农历阴旧庆劳动"
        "阳岁内从给务东车进连达楼层厅栋对说请问谁们会长吗帮换样题应该业随总紧赶饭无见万贵卖买广区县镇园桥湾净卫厕厨热"
        "气湿坏锁灯线网脑猫妈爷婴产妇脚铁铺双只条张里里边远难准备证据块错记发联系话语体验评级参观严选择结账账将与并经"
        "济历让变"
    ),
)
_FOLDED: Final = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **{ord(char): char.lower() for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    **{code: chr(code - 0xFEE0).lower() for code in range(0xFF21, 0xFF3B)},
    **str.maketrans("　。～—–−‐·\t\r\n", " .~----.   "),
    **str.maketrans(*_TRADITIONAL),
    **str.maketrans("夭拝曰贰叁肆柒捌玖", "天拜日二三四七八九"),
}

_COLLOQUIAL: Final = str.maketrans({"廿": "二十", "卅": "三十", "俩": "两", "仨": "三", "元": "一"})

NUMBER: Final = r"(?:\d{1,3}|[零〇一二两三四五六七八九十百]{1,5})"
"""A pattern for a count, in digits or characters."""


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Patterns are compiled when first needed, so that importing is quick; `warm_up` needs them all."""
    return re.compile(pattern)


def fold(text: str) -> str:
    """The text in half-width, lower-case, simplified characters; same length as before."""
    return text.translate(_FOLDED)


_PICTURES: Final = "[\u200d\u2190-\u2bff\u3030\ufe0f\U0001f000-\U0001faff]"
_TAIL: Final = " .!~,;:、…"


def bare(text: str) -> str:
    """The folded text without pictures, and without what people put at its end but a question mark; places stay."""
    text = compiled(_PICTURES).sub(" ", fold(text))
    kept = text.rstrip(_TAIL + "?")
    return kept + "?" if "?" in text[len(kept) :] else kept


def number(text: str) -> int:
    """The value of a whole number below a thousand, written 15, 十五, 一五 or 一百二. ValueError if it is none."""
    if text.isdecimal():
        return int(text)
    text = text.translate(_COLLOQUIAL)
    if "百" in text:
        hundreds, _, rest = text.partition("百")
        high = number(hundreds) * 100
        if not rest:
            return high
        rest = rest.lstrip("零〇")
        return high + (
            number(rest) * 10 if len(rest) == 1 and text[text.index("百") + 1] not in "零〇" else number(rest)
        )
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (number(tens) if tens else 1) * 10 + (number(ones) if ones else 0)
    if not text or any(char not in _DIGITS for char in text):
        raise ValueError(text)
    value = 0
    for char in text:
        value = value * 10 + _DIGITS[char]
    return value


_LOOSE: Final = (
    r"(?<=[\d一二两三四五六七八九十点月周]) +(?=[点时分月日号]|半(?![小个天])|\d+分)|(?<=[周期拜])"
    r" +(?=[1-7一二三四五六日天])"
)
"""Blanks inside one word of time: 下午 3 点 半."""


def tightened(text: str) -> tuple[str, list[int] | None]:
    """A folded text without the blanks inside words of time, and where its characters stood; None if nothing moved."""
    if " " not in text or not (found := [match.span() for match in compiled(_LOOSE).finditer(text)]):
        return text, None
    dropped = {place for start, end in found for place in range(start, end)}
    places = [place for place in range(len(text)) if place not in dropped]
    return "".join(text[place] for place in places), [*places, len(text)]
