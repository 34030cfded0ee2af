"""The short answers people tap or type: a number, yes, no, 菜单, 返回, 跳过, 同意 8321."""

from dataclasses import dataclass
from typing import Final, Literal

from daojia.chat.understanding.script import compiled, fold, number

Kind = Literal["number", "yes", "no", "menu", "back", "skip", "agree", "disagree"]

_YES: Final = (
    "好|好的|好吧|好滴|好哒|好啊|好呀|好嘞|好勒|好的呢|好的好的|好好好|可以|可以的|可以啊|可以呀|是|是的|是啊"
    "|是呀|是滴|是的呢|对|对的|对啊|对对对|对头"
    "|没错|确认|确定|确认下单|确认预约|就这样|就这样吧|就这个|就这个吧|行|行的|行啊|行吧|行行|中|要得|成|没问题"
    "|没得问题|ok|okay|okk|okok|k|yes|y|yep"
    "|嗯|嗯嗯|嗯呢|恩|恩恩|嗯好|嗯好的|嗯可以|嗯是的|嗯对|好确认|好的确认|确认一下|下单|下单吧|提交|同意|得|得啦"
    "|冇问题|妥|妥了|安排|就它了|就他了|就她了"
    "|好可以|好行|可|阔以|可以可以|好的可以|好的没问题|没毛病|hao|haode|keyi|shi|shide|xing|queren|👌|👌🏻|👍|🆗|✅"
)
_NO: Final = (
    "不|不要|不了|不用|不用了|不要了|不行|不是|不是的|不对|不可以|不好|不同意|不确认|不需要|算了|算了吧|取消"
    "|取消吧|别|别了|no|n|nope|否|错|错了|不想要|不想|不必"
    "|不必了|暂时不要|先不要|先不了|先不用|再说|再说吧|下次吧|下次再说|暂不|拒绝|唔要|唔使|buyao|bu|buyong|❌"
    "|再想想|再看看|我再想想|我再看看|考虑一下|再考虑一下"
)
_MENU: Final = (
    "帮助|菜单|?|??|???|help|h|menu|帮忙|主菜单|功能|怎么用|怎么用啊|使用说明|使用帮助|目录|首页|主页|caidan"
    "|bangzhu|有什么功能|你会什么|你能做什么|能干嘛|能做什么"
)
_BACK: Final = (
    "返回|上一步|后退|回去|退回|返回上一步|返回上一级|上一级|back|重新选|重选|返回上级|回到上一步|重新选择|fanhui"
)
_SKIP: Final = (
    "没有|无|跳过|没|没有了|没了|没啥|没什么|没有备注|没备注|无备注|不备注|没有要求|没要求|无要求|没有特殊要求"
    "|没特殊要求|没特别要求|没有特别要求|没有别的|没别的|没有其他|没其他|没其它|暂无|暂时没有|skip|none"
    "|无特殊要求|没事|没有其他要求|meiyou|wu|冇|不填|先不填|略|略过"
)
_WORDS: Final[dict[str, Kind]] = {
    word: kind
    for kind, words in (("skip", _SKIP), ("back", _BACK), ("menu", _MENU), ("no", _NO), ("yes", _YES))
    for word in words.split("|")
}  # pyright: ignore[reportAssignmentType]
_CIRCLED: Final = {
    char: index + 1
    for chars in ("①②③④⑤⑥⑦⑧⑨⑩", "⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽", "⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑", "❶❷❸❹❺❻❼❽❾❿", "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉")
    for index, char in enumerate(chars)
}
_KEYCAP: Final = r"([0-9])\ufe0f?\u20e3"
_CHOICE: Final = (
    r"(?:我?(?:就|要)?(?:选择?|要|点|按|回复?|看|就要|就)?)?(?:第)?(?P<n>\d{1,2}"
    r"|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"
    r"(?:个|号|项|条|款|种|位|那个|这个|选项)?(?:吧|好了|呗|可以|行)?(?:的)?(?:时间|服务|订单|地址|师傅|阿姨)?"
)
_BARE_CHARACTER: Final = r"[一二三四五六七八九]|十[一二]?"
_ANSWER: Final = (
    r"(?P<word>不同意|同意|拒绝)(?:取消|改期|变更)?(?:订单|单号|尾号)?[:：#\s]*(?P<no>\d{4,7})"
    r"|(?P<no2>\d{4,7})(?:订单)?[,\s]*(?P<word2>不同意|同意|拒绝)(?:取消|改期|变更)?"
)
_EDGES: Final = " .,!;~。、，！；:\"'“”‘’…()【】[]"
_SOFT_END: Final = "啊呀吧呢哦噢喔啦嘛哈了哒滴哟的"


@dataclass(frozen=True, slots=True)
class Shorthand:
    """A short answer. `value` is the number chosen, or the order number agreed or disagreed to."""

    kind: Kind
    value: str = ""

    @property
    def number(self) -> int:
        """The number tapped. ValueError if it was none."""
        return int(self.value)


def shorthand(text: str) -> Shorthand | None:
    """What a short answer means, None if the message is more than one. 取消 and 不 mean no only where
    something was asked."""
    if len(text) > 40:
        return None
    circled = _CIRCLED.get(text.strip())
    if circled is not None:
        return Shorthand("number", str(circled))
    folded = compiled(_KEYCAP).sub(r"\1", fold(text)).strip(_EDGES)
    if not folded:
        return Shorthand("menu") if "?" in fold(text) else None
    answer = compiled(_ANSWER).fullmatch(folded)
    if answer:
        word = answer["word"] or answer["word2"]
        return Shorthand("agree" if word == "同意" else "disagree", answer["no"] or answer["no2"])
    kind = _WORDS.get(folded) or _WORDS.get(folded.rstrip(_SOFT_END)) or _WORDS.get(folded.replace(" ", ""))
    if kind:
        return Shorthand(kind)
    choice = compiled(_CHOICE).fullmatch(folded)
    if choice and (choice["n"] != folded or choice["n"].isdecimal() or compiled(_BARE_CHARACTER).fullmatch(folded)):
        return Shorthand("number", str(number(choice["n"])))
    return None
