"""The times a sentence says: 明天 下午 三点 到 五点 is one phrase, 周六 或 周日 are two. Pure."""

from dataclasses import replace
from typing import Final

from daojia.chat.understanding.phrase import Builder, Phrase
from daojia.chat.understanding.script import compiled
from daojia.chat.understanding.timewords import Token

_GAP: Final = r"[\s,(（的)）那天]*(?:大概|大约|差不多|左右|约|就|再|在|我)?[\s,]*"
_REFUSED_AFTER: Final = (
    r"[\s,]*(?:我|我们|都|也|可能|的话|那天|这天|就|的时间|临时|突然|已经|家里|家)*"
    r"(?:(?:就|要|得|还要|必须)*(?:出门|开会|接孩子|接娃|睡觉|赶飞机|赶车)|出?生的?(?!效|日)|没空|没时间"
    r"|没有时间|没有空|没得空|不行(?!就|的话|再)|不在家|不在|不方便|不可以|不得行|要上班|要加班|有事|有点事"
    r"|有安排|出差|不合适|去不了|不能|约满|满了|太晚|太早|来不及|来不了|没人)"
)
_BUSY: Final = r"(?:我|就|要|得|还要|必须|才)*(?:出门|开会|接孩子|接娃|睡觉|赶飞机|赶车|上课)(?!前|之前|后)"
"""After a clock time: what the person does then, not when the visit is."""
_REFUSED_BEFORE: Final = (
    r"(?:不是|不要|别|除了|而不是|不想|本来|原来|原本|原定|之前约|不约)(?:说|约|订|定|在|的|了|是)*$"
)
_TARGET: Final = (
    r"(?:改(?:约|期|签|时间)?|换|挪|推迟|延迟|延期|延后|推|延|提前|提早|(?<!空)调整?|移|顺延|变更|更改|往后推"
    r"|往前提)(?:一下)?(?:成|到|为|至|去|在|:|,)?"
    r"(?:了)?|还是(?=.)|不对[,\s]*(?:是)?|说错了[,\s]*(?:是)?|应该是|(?<!不)(?<!要)(?<!还)(?<!但)是(?=.)"
)


def phrases(text: str, found: list[Token], *, refused: bool = False) -> list[Phrase]:
    """The times a sentence says, refused ones (明天没空, 不是周三) left out unless asked for."""
    built: list[Phrase] = []
    builder = Builder(joined=False)
    for index, token in enumerate(found):
        if token.kind == "to":
            following = found[index + 1] if index + 1 < len(found) else None
            builder.open_range = (
                not builder.empty
                and token.start == builder.end
                and following is not None
                and following.start == token.end
            )
            if builder.open_range:
                builder.end = token.end
            continue
        if token.kind == "or":
            if not builder.empty and token.start - builder.end <= 4:
                _finish(builder, built)
                builder = Builder(joined=True)
            continue
        if token.kind in {"clock", "around"} and compiled(_BUSY).match(text, token.end):
            continue
        near = builder.empty or compiled(_GAP).fullmatch(text, builder.end, token.start) is not None
        if builder.take(token, near=near):
            continue
        if token.kind in {"after", "before"}:
            continue
        _finish(builder, built)
        builder = Builder(joined=near)
        builder.take(token, near=True)
    _finish(builder, built)
    return _wished(text, _in_context(built), refused=refused)


def _in_context(built: list[Phrase]) -> list[Phrase]:
    """明天上午要上班，下午可以: a part or a clock time alone speaks of the day named before it."""
    found: list[Phrase] = []
    for said in built:
        phrase, before = said, found[-1] if found else None
        alone = phrase.day is None and phrase.instant is None and (phrase.part or phrase.clock)
        if alone and before is not None and before.day is not None:
            phrase = replace(
                phrase, day=before.day, week=before.week, month=before.month, year=before.year, shift=before.shift
            )
        found.append(phrase)
    for index, phrase in enumerate(found[1:], 1):
        # 周六或者周日上午: both mornings.
        before = found[index - 1]
        if (
            phrase.joined
            and phrase.day
            and before.day
            and not (before.part or before.clock or before.end_day or before.bound)
        ):
            found[index - 1] = replace(
                before, part=phrase.part, end_part=phrase.end_part, clock=phrase.clock, end_clock=phrase.end_clock
            )
    return found


def _finish(builder: Builder, built: list[Phrase]) -> None:
    phrase = builder.build()
    if phrase is not None:
        built.append(phrase)


def _is_refused(text: str, phrase: Phrase) -> bool:
    return bool(
        compiled(_REFUSED_AFTER).match(text, phrase.end) or compiled(_REFUSED_BEFORE).search(text, 0, phrase.start)
    )


def _wished(text: str, built: list[Phrase], *, refused: bool) -> list[Phrase]:
    """Marks what something is moved to, and drops what is refused."""
    kept = [phrase for phrase in built if refused or not _is_refused(text, phrase)]
    if len(kept) < 2:
        return kept
    target = -1
    for match in compiled(_TARGET).finditer(text):
        target = match.end()
    if target < 0:
        return kept
    index = next((index for index, phrase in enumerate(kept) if phrase.start >= target), None)
    if index is None:
        return kept
    phrase = kept[index]
    kept[index] = replace(phrase, wished=True)
    return kept
