"""What a message tells of the times it says: which are refused, past, told beside the wish, or moved to. Pure."""

import re
from typing import Final

from daojia.chat.understanding.phrase import Phrase
from daojia.chat.understanding.script import compiled

_REFUSED_AFTER: Final = (
    r"[\s,]*(?:我|我们|都|也|可能|的话|那天|这天|就|的时间|临时|突然|已经|家里|家)*"
    r"(?:(?:就|要|得|还要|必须)*(?:出门|出去|外出|开会|(?<=[我要得须])接(?:孩子|娃)|睡觉|赶飞机|赶车)"
    r"|出?生的?(?!效|日)|没空|没时间"
    r"|没有时间|没有空|的?不要(?=$|了|[,. ])|没得空|不行(?!就|的话|再)|(?<=[我都得])上班|不在家|不在|不方便|不可以"
    r"|不得行|要上班|要加班|有事|有点事"
    r"|有安排|出差|值班|值夜班|(?:幼儿园|学校)?开学(?!那|当|前|后)|有课|不合适|去不了|不能|约满|满了|太晚|太早"
    r"|来不及|来不了|没人)"
)
_REFUSED_BEFORE: Final = (
    r"(?:不是|不要|别|除了|而不是|不想|本来|原来|原本|原定|之前约|不约)(?:说|约|订|定|在|的|了|是)*$"
)
_TARGET: Final = (
    r"(?:改(?:约|期|签|时间)?|换|挪|推迟|延迟|延期|延后|推|延|提前|提早|(?<!空)调整?|移|顺延|变更|更改|往后推"
    r"|往前提)(?:一下)?(?:成|到|为|至|去|在|:|,)?"
    r"(?:了)?|还是(?=.)|[\s,]不[\s,]+(?=.)|[哦噢啊呃额]不|(?:写|打|记|看)错了|更正|算了[,\s]*(?=.)"
    r"|不对[,\s]*(?:是)?|说错了[,\s]*(?:是)?|应该是|(?<!不)(?<!要)(?<!还)(?<!但)是(?=.)"
)
_AND: Final = r"[\s,、和跟与]*"
_ENDS: Final = r"[\s,.!?]*(?:吧|的|来|可以|行|都|好|吗|么|呢|啊|哈|哦|谢谢|就|能)*[\s,.!?]*$"
_FACT_BEFORE: Final = (
    r"(?:(?:去年|前年|上上?个?月)的?|(?:上次|上回|上一次)(?:是|在|约|订)?的?"
    r"|(?<![日号天])(?:生日(?![, ])|预产期|出生日?期?|有效期|保质期|购买日期|到期日?)(?:是|为|在|到|:|,| )*"
    r"|(?:都|已经|刚)过?了?快?|(?<![推延])迟到了?|等了)$"
)
_FACT_AFTER: Final = (
    r"(?:那(?:次|回|单|笔)(?:的|开|做|约|洗)|(?:就|也|已经)?(?:[洗修做擦装换买弄约来]|保养|清洗|打扫"
    r"|清理)过(?!来|去)|再走|就走了|(?:都|又|也|还|就|人)*没(?:人来|来|到)(?!得)"
    r"|(?:能|可以)?不?(?:退|质保|返修|免费)(?![休房])|到期|过期|失效|出生|生日|的?预产期?|份?的?(?:账单|发票"
    r"|工资|收据)|买的|装的|生的"
    r"|[^,.!? ]{0,6}?(?:做|洗|擦|打扫|弄|修|搞)得(?:不|很|太|非常|一点|真|挺|比较|马虎)"
    r"|[^,.!? ]{0,8}?(?:不满意|没(?:擦|洗|打扫|弄|搞)干净|不干净|态度(?:很|太)?差))(?!效)"
)
"""What a time is told of that is past, or is no visit at all; then nothing is wished."""
_AGAINST_BEFORE: Final = r"(?:别(?:安排|排|约|定|订|来|选)?在?|不用|不需要|不想(?:约|要|在))$"
_AGAINST_AFTER: Final = r"(?:[,\s]*(?:除外|以外|之外|就?不用|(?:先|就)?不约|(?:先|就)不(?:来|做|用|弄|搞)|不考虑))"
"""What is said against a time, heard only when asked for."""
_LATE: Final = r"还没[到来见有]|没[来到](?:人|$|[,.! ])|放鸽子|爽约|(?<![推延要别能准])迟到|都.{1,5}了"
_PROMISED: Final = r"(?:说|约|讲|答应)好?(?:了|的|是|在)*$"
"""师傅说三点到，还没来."""
_ASIDE_BEFORE: Final = (
    r"(?:上次|上回|上一次|前次|头回|以前|之前(?!的)|去年|平时|平常)[^,.!?;，。 ]{0,4}$"
    r"|(?:做|干|弄|忙|搞|打扫|待|等|睡|住)到$|(?<![点半分刻钟整])(?:[放上]学|[上下]班|回家|到家)(?:是|在|要到?|得到?)?$"
)
_WINDOW: Final = 16
_TODAY_IS: Final = r"今[天日]是?(?:周|星期|礼拜)."
_ASKED: Final = (
    r"[来约订派行吧吗呢么洗擦修装拆通剪教护养扫洁荒毒甲容发灯锁墙蜡虫做改换推挪单饭菜推搬收拾]"
    r"|可以|[能好都想]|上门|安排|有空|有人|方便|在家|合适|需要"
    r"|要(?![回去出开上接送带陪办参检])|服务|时间|师傅|阿姨|预约|开始|左右|[午晚早或天]|or|还是|要么"
)
_OTHERS: Final = (
    r"(?:水电工|物业|快递|(?:宽带|燃气|送货|安装)(?:师傅|的人?)?|客人|亲戚|朋友|同学|同事|婆婆|公公|岳父|岳母|爸妈?"
    r"|妈妈?|父母|老公|老婆|孩子|儿子|女儿|装修队?|房东|中介|高考|中考|考试|婚礼)"
)
_OTHERS_BEFORE: Final = rf"{_OTHERS}(?:说|在|要)?$"
_OWN_AFFAIR: Final = (
    rf"(?:我|我们|家里?|有|要|是|的|正好)*(?:约了|停[水电气]|生日|来(?:亲戚|客|朋友)|的?(?:火车|飞机|高铁|航班|动车)"
    rf"|(?<![陪带接送给帮]){_OTHERS}(?!.{{0,3}}(?:在|有空|可以|方便)))"
)
_OTHERS_DO: Final = r"(?:要|会|就|才)*(?:过?来|到|回|撤|走|检查|生日|有|开始)"
"""周日我妈生日，周六来打扫: whose time it is when it is not the visit's."""
_ASIDE_AFTER: Final = (
    r"(?:我|我们|他|她|孩子|儿子|女儿|娃|宝宝|老人|家里?|能不能|能|才|就|都|要|得|还要|必须|左右|的时候)*"
    r"(?:才(?:有人|在家|有空)|(?<=[要得我])(?:带|陪)|放学|上学|上班|下班|吃饭|午?睡|午休|出门|出院|住院|交房"
    r"|撤场|退租|放假|回国|结婚|聚[会餐]|加班|出差|面试|打疫苗|开会|回家|回来|到家|回去|不让|不准|不许|禁止"
    r"|关门|走|离开|家里?要?(?:来客|来人|来亲戚|有客)|做完|弄完"
    r"|(?:到|飞|去)[^\d,. 一二两三四五六七八九十]{2,3}(?=[,. ])"
    r"|结束|搞完|搞定|完事|完工|要用|有客人|来客人|退房|入住(?!保洁)|要?下[雨雪]|有[课会客]|考试|请客|过生日"
    r"|回老家|出远门|去?旅游|体检|手术|看病|去医院"
    r"|[那这]?[个单次]?的?(?:单子?|订单|预约)?(?:取消|退了|不要了)|之前(?:要|得|必须)|约的|订的|下的单|修的"
    r"|做的|洗的|来的(?!话))"
)
"""What a time is told of that is not the visit."""


def _before(pattern: str, text: str, phrase: Phrase) -> re.Match[str] | None:
    """What ends right before a time: no pattern is longer than the window."""
    return compiled(pattern).search(text, max(0, phrase.start - _WINDOW), phrase.start)


def wishes(text: str, said: list[Phrase], *, refused: bool) -> list[Phrase]:
    """Of the times a folded text says those that are wished for a visit; with `refused` also those it speaks
    against."""
    said = _wished(text, said, refused=refused)
    late = any(phrase.clock for phrase in said) and compiled(_LATE).search(text) is not None
    said = [phrase for phrase in said if not _is_fact(text, phrase, late=late)]
    if refused:
        return said
    said = [phrase for phrase in said if not _is_against(text, phrase)]
    if len(said) < 2:
        return said
    said = [phrase for phrase in said if not _is_own_affair(text, phrase)] or said
    said = [phrase for phrase in said if not _is_aside(text, phrase)] or said
    return [phrase for phrase in said if not _asks_nothing(text, phrase, said)] or said


def _is_own_affair(text: str, phrase: Phrase) -> bool:
    """今天周三; 周日我妈生日; 婆婆明天到: what others do then, or the family."""
    if compiled(_TODAY_IS).fullmatch(text, phrase.start, phrase.end) or compiled(_OWN_AFFAIR).match(text, phrase.end):
        return True
    before = _before(_OTHERS_BEFORE, text, phrase)
    return before is not None and compiled(_OTHERS_DO).match(text, phrase.end) is not None


def _asks_nothing(text: str, phrase: Phrase, said: list[Phrase]) -> bool:
    """Whether the words after a time, up to the next one, tell of something else than a visit."""
    until = min((other.start for other in said if other.start > phrase.start), default=len(text))
    words = re.split(r"[,.!?;]", text[phrase.end : until].strip(" ,"), maxsplit=1)[0]
    return len(words) >= 2 and compiled(_ASKED).search(words) is None


def _wished(text: str, built: list[Phrase], *, refused: bool) -> list[Phrase]:
    """Marks what something is moved to, and drops what is refused."""
    kept = built if refused else _not_refused(text, built)
    if len(kept) < 2:
        return kept
    kept = _with_day_said_last(text, kept)
    target = -1
    for match in compiled(_TARGET).finditer(text):
        target = match.end()
    if target < 0:
        return kept
    index = next((index for index, phrase in enumerate(kept) if phrase.start >= target), None)
    if index is None:
        return kept
    phrase = kept[index]
    kept[index] = phrase._replace(wished=True)
    return kept


def _not_refused(text: str, built: list[Phrase]) -> list[Phrase]:
    """Without 周三不行, 不是周三; 周三周四都不行 refuses both."""
    kept: list[Phrase] = []
    all_from = -1
    for phrase in reversed(built):
        match = compiled(_REFUSED_AFTER).match(text, phrase.end)
        if match is None and all_from >= 0 and compiled(_AND).fullmatch(text, phrase.end, all_from):
            all_from = phrase.start
            continue
        all_from = phrase.start if match is not None and "都" in match[0] else -1
        if match is None and _before(_REFUSED_BEFORE, text, phrase) is None:
            kept.append(phrase)
    return kept[::-1]


def _with_day_said_last(text: str, said: list[Phrase]) -> list[Phrase]:
    """上午或者下午都行，明天: the day at the end of a message is that of all it named before."""
    *before, last = said
    only_day = last.part is None and last.clock is None and last.bound is None and last.instant is None
    if last.day is None or not (only_day or last.day_last) or compiled(_ENDS).match(text, last.end) is None:
        return said
    if any(each.day is not None or each.instant is not None for each in before):
        return said
    found = [
        each._replace(day=last.day, week=last.week, month=last.month, year=last.year, shift=last.shift)
        for each in before
    ]
    return found if only_day else [*found, last]


def _is_fact(text: str, phrase: Phrase, *, late: bool) -> bool:
    """预产期1月20号, 都四点了: no wish at all. `late`: the message complains of somebody who is."""
    if compiled(_FACT_AFTER).match(text, phrase.end) or (late and _before(_PROMISED, text, phrase)):
        return True
    before = _before(_FACT_BEFORE, text, phrase)
    return before is not None and (late or before[0][0] not in "都已刚" or text.startswith(("了", "还没"), phrase.end))


def _is_against(text: str, phrase: Phrase) -> bool:
    """周一除外, 别安排在上午."""
    return bool(_before(_AGAINST_BEFORE, text, phrase) or compiled(_AGAINST_AFTER).match(text, phrase.end))


def _is_aside(text: str, phrase: Phrase) -> bool:
    """孩子四点放学，五点来: told beside the wish. Only of use where another time is said as well."""
    return bool(_before(_ASIDE_BEFORE, text, phrase) or compiled(_ASIDE_AFTER).match(text, phrase.end))
