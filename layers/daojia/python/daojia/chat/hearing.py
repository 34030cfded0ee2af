"""From a message's words to what the dialogue acts on: command words, numbers, times in context, notes, contacts. Pure.

Command words are matched as whole messages, so that a sentence that merely contains one is left to `understanding`.
"""

import re
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Literal

from daojia.chat.model import Asked
from daojia.chat.understanding import shorthand, when
from daojia.chat.understanding.script import fold
from daojia.kernel.times import QUARTER, at, local
from daojia.kernel.value import Value

PHONE: Final = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?!\d)")


class Word(StrEnum):
    """A message that is one command word."""

    HELP = "HELP"
    MENU = "MENU"
    BOOK = "BOOK"
    ORDERS = "ORDERS"
    OWN_BOOKINGS = "OWN_BOOKINGS"
    """我的预约: for a provider, the orders they placed themselves."""
    CANCEL = "CANCEL"
    PAY = "PAY"
    CONFIRM = "CONFIRM"
    COMPLAIN = "COMPLAIN"
    HUMAN = "HUMAN"
    CONTINUE = "CONTINUE"
    JOBS = "JOBS"
    OFFERS = "OFFERS"
    DEPART = "DEPART"
    BEGIN = "BEGIN"
    FINISH = "FINISH"
    INCOME = "INCOME"
    REST = "REST"
    WORK = "WORK"


_WORDS: Final = {
    word: kind
    for kind, words in {
        Word.HELP: "帮助 help ? 怎么用 使用说明 使用帮助 指令 说明",
        Word.MENU: "菜单 menu 主菜单 首页 返回 返回菜单 主页 服务 有什么服务 有哪些服务 服务列表 都有什么服务 都有什么",
        Word.BOOK: "预约 下单 约 我要预约 我要下单 想预约 约服务 订服务 预订 再约 再约一单 重新预约",
        Word.ORDERS: "我的订单 订单 查订单 订单列表 查看订单 看订单 查询订单 查看我的订单 看看我的订单"
        " 看看订单 查一下订单",
        Word.OWN_BOOKINGS: "我的预约 我约的单",
        Word.CANCEL: "取消 取消订单 我要取消 退订 我要取消订单 取消预约 想取消 取消掉 帮我取消 取消一下",
        Word.PAY: "付款 支付 去付款 去支付 付钱 买单 我要付款 付款链接 怎么付款 怎么付 怎么支付 结账 付",
        Word.CONFIRM: "确认 确认下单 确定 确认订单 确认完成 确认服务 确定下单 确认预约 确认无误",
        Word.COMPLAIN: "投诉 我要投诉 要投诉",
        Word.HUMAN: "人工 人工客服 客服 转人工 找客服 人工服务 联系客服 我要人工 找人工 真人",
        Word.CONTINUE: "继续 接着约 继续预约 继续下单",
        Word.JOBS: "我的单 我的任务 我的工单 日程 我的日程 行程 今天的单 今日订单 已接的单 我接的单 任务",
        Word.OFFERS: "抢单 看单 有单吗 可抢单 可以抢的单 新单 有没有单 抢",
        Word.DEPART: "出发 出发了 已出发 我出发了 上路了 在路上 在路上了",
        Word.BEGIN: "开始 开始服务 到了 我到了 已到达 到达",
        Word.FINISH: "完成 完成了 做完了 搞定 服务完成 结束 干完了 弄完了 已完成",
        Word.INCOME: "收入 我的收入 查收入 余额 工资 提现 钱包 我要提现 收益",
        Word.REST: "休息 我要休息 暂停接单 不接单 下班 停止接单 休息了",
        Word.WORK: "接单 开始接单 上班 恢复接单 继续接单 开工",
    }.items()
    for word in words.split()
}
_TRAIL: Final = re.compile(r"[\s,.!?~;:…、，。！？；：～]+$|(?<=..)[呀啊吧哦哈啦嘛呢哟噢]$")
_LEAD: Final = re.compile(r"^(?:请问?|麻烦|帮我|我想|我要|那就?|嗯+|好的)?[\s,，。!！]*")
_NAMES_DAY: Final = re.compile(
    r"今|明[天早晚日儿]|后天|后日|大后|周|星期|礼拜|[月号日]|\d\s*[-/.]\s*\d|节|元旦|春节|除夕|国庆|五一|现在|马上|立刻|尽快|一会|小时后|分钟后|"
    r"半小时|腊|初|明(?=上午|下午|晚)"
)
_WORD_AND_NUMBER: Final = re.compile(r"(\D{1,8}?)[\s:#,]*(\d{4,7})")
_GIVES_UP: Final = re.compile(r"算了|不要了|不约|不下单|放弃|下次|再说|先不|暂时不|暂不|不想要|不想|取消|别了|不必")
_SOON: Final = re.compile(r"现在|马上|立刻|立即|尽快|赶紧|越快越好|一会|待会|等会|等下|这就")
_TOOLS: Final = re.compile(r"工具|自备|自带|自己准备|要准备|清洁剂|用品|材料")
_STEPS: Final = re.compile(r"包括|包含|哪些内容|做什么|做哪些|怎么做|流程|步骤|都做")
_SERVICES: Final = re.compile(r"(?:有|做|提供|约|干)(?:些)?(?:什么|哪些|啥|哪几种|几种)(?:服务|项目|业务)")
_POLICY: Final = re.compile(r"怎么退|能退|可以退|退款|取消规则|退钱|取消.{0,4}(?:扣|费|钱)")
_CHANGES: Final = re.compile(
    r"^(?:不对|错了|不是|改|换|还是|等等|等一下)|改成|改到|换成|换到|改为|换个|改在|换一|改一下"
)
_ADDRESSY: Final = re.compile(r"[区县路街巷道号栋幢座楼室层苑园村镇院城弄单元小区广场大厦花府邸湾]|\d")
_TITLE: Final = re.compile(
    r"^(?:联系人|姓名|称呼|我叫|我是|叫我|叫|收件人)?[:：]?\s*([一-龥·]{1,5}|[A-Za-z][A-Za-z .]{0,19})$"
)
_POLITE: Final = ("先生", "女士", "小姐", "阿姨", "老师", "师傅", "太太")
_SPLIT: Final = re.compile(r"[\s,，。;；、/|]+")
_LABELS: Final = re.compile(r"(?:手机号?码?|电话号?码?|联系方式|联系人|地址|姓名)(?:是|为)?[:：]?\s*")


class TimeHeard(Value):
    """What a message says about when: a day, a clock time, a part of the day."""

    day: date | None = None
    named: bool = True
    """Whether the message itself says the day: 三点 alone does not."""
    clock: time | None = None
    part: tuple[time, time] | None = None
    span: tuple[date, date] | None = None
    """From which day to which, when more than one may do: 这周末."""
    others: tuple[datetime, ...] = ()
    """What else the clock time may mean: 八点 is in the morning or in the evening."""
    rounded: bool = False
    """The clock time was moved to the next whole quarter hour."""


class ContactHeard(Value):
    """Who to call, and what else the message said."""

    contact: str = ""
    phone: str = ""
    rest: str = ""
    bad_phone: bool = False


def bare(text: str) -> str:
    """The message folded, without what people put at its end."""
    text = fold(text).strip()
    while (shorter := _TRAIL.sub("", text)) != text and shorter:
        text = shorter
    return text


def word(text: str) -> Word | None:
    """The command word this message is, if it is one."""
    text = bare(text)
    if text in _WORDS:
        return _WORDS[text]
    return _WORDS.get(_LEAD.sub("", text, count=1)) if len(text) > 1 else None


def number(text: str) -> int | None:
    """The number this message is: 2, ②, 第二个, 选2."""
    short = shorthand(text)
    return short.number if short is not None and short.kind == "number" else None


def is_date(text: str, asked: Asked) -> bool:
    """Whether 3号 means a day of the month: where a day was asked."""
    return "号" in text and asked is Asked.DAY


def answer(text: str) -> Literal["yes", "no", "skip"] | None:
    """Whether this message is a plain yes, a plain no, or 没有."""
    short = shorthand(text)
    if short is None or short.kind not in ("yes", "no", "skip"):
        return None
    return short.kind


def word_with_number(text: str) -> tuple[Word, str] | None:
    """A command word with an order number: 取消 8321."""
    match = _WORD_AND_NUMBER.fullmatch(bare(text))
    kind = word(match[1]) if match else None
    return (kind, match[2]) if match and kind else None


def gives_up(text: str) -> bool:
    """Whether a no means the whole thing and not just what was asked: 算了, 不约了."""
    return _GIVES_UP.search(bare(text)) is not None


def order_numbers(text: str) -> list[str]:
    """Groups of four to seven digits: order numbers and arrival codes."""
    return re.findall(r"(?<!\d)\d{4,7}(?!\d)", fold(text))


def time_of(text: str, now: datetime, day: date | None) -> TimeHeard | None:
    """What the message says about when; a bare clock time belongs to `day` where one is known already."""
    today = local(now).date()
    found = when(text, now)
    if found is None:
        return None
    named = _NAMES_DAY.search(fold(text)[slice(*found.span)]) is not None
    in_context = day is not None and not named
    if day is not None and not named and day > today:
        # 三点 on that day: seen from its first minute, nothing of the day is past.
        found = when(text, at(day, 0)) or found
    start, end = local(found.start), found.end and local(found.end)
    heard_day = day if in_context else start.date()
    if found.grain == "day" and end is not None and end - start > timedelta(days=1):
        return TimeHeard(span=(start.date(), (end - timedelta(seconds=1)).date()))
    if found.grain == "day" or (_SOON.search(text) and start.date() == today):
        return TimeHeard(day=heard_day)
    if found.grain == "part_of_day":
        last = end or start + timedelta(hours=4)
        return TimeHeard(day=heard_day, named=named, part=(start.time(), last.time()))
    rounded = _quarter_up(start)
    if in_context:
        return TimeHeard(day=day, named=named, clock=rounded.time(), rounded=rounded != start)
    others = [_quarter_up(local(each.start)) for each in found.alternatives if each.grain in ("minute", "hour")]
    return TimeHeard(
        day=rounded.date(), named=named, clock=rounded.time(), others=tuple(others), rounded=rounded != start
    )


def _quarter_up(instant: datetime) -> datetime:
    over = (instant - at(instant.date(), 0)) % QUARTER
    return instant if not over else instant - over + QUARTER


def changes(text: str) -> bool:
    """Whether the message corrects what was said before: 改成后天."""
    return _CHANGES.search(bare(text)) is not None


def asks_tools(text: str) -> bool:
    return _TOOLS.search(text) is not None and is_asked(text)


def asks_menu(text: str) -> bool:
    return _SERVICES.search(text) is not None


def asks_steps(text: str) -> bool:
    return _STEPS.search(text) is not None and is_asked(text)


def asks_policy(text: str) -> bool:
    return _POLICY.search(text) is not None and is_asked(text)


def asks(text: str) -> bool:
    """Whether the words are a question, of whatever kind."""
    return (
        is_asked(text)
        or re.search(r"可不可以|可以.{0,6}吗|行不行|好不好|有没有|会不会|是不是|[吗呢么?？]$", text) is not None
    )


def is_asked(text: str) -> bool:
    """Whether a message has the words of a question."""
    return re.search(r"[吗么嘛呢?？]|什么|哪|怎么|多少|能不能|要不要|是否|需不需要", text) is not None


def contact_of(text: str, *, asked: bool = False) -> ContactHeard:
    """Name and mobile number out of one line, and the rest of it (the address, say). Without a number a bare word is
    taken for a name only where one was asked for."""
    text = fold_digits(_LABELS.sub(" ", text))
    match = PHONE.search(text)
    phone = "".join(match.groups()) if match else ""
    before, after = (text[: match.start()], text[match.end() :]) if match else (text, "")
    pieces = [piece for piece in _SPLIT.split(f"{before} {after}") if piece]
    names = [piece for piece in pieces if _is_name(piece)]
    # The name stands next to the number: the last one before it, else the first one after it.
    if not match and not asked:
        names = [piece for piece in names if piece.endswith(_POLITE)]
    near = [piece for piece in _SPLIT.split(before) if piece in names][-1:] or names[:1]
    contact = near[0] if near else ""
    rest = " ".join(piece for piece in pieces if piece != contact)
    matched = _TITLE.match(contact)
    bad_phone = not phone and re.search(r"\d{7,}", text) is not None
    return ContactHeard(contact=matched[1] if matched else "", phone=phone, rest=rest, bad_phone=bad_phone)


def _is_name(piece: str) -> bool:
    return _TITLE.match(piece) is not None and (piece.endswith(_POLITE) or _ADDRESSY.search(piece) is None)


def fold_digits(text: str) -> str:
    """Full-width digits as ordinary ones, everything else as it was typed."""
    return text.translate({0xFF10 + digit: str(digit) for digit in range(10)})
