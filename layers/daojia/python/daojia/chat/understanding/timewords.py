"""The words time is made of: one scan over a sentence gives tokens; `when` puts them together.

What looks like a time and is none (a price, a duration, a house number, a phone number, a quantity, 便宜一点) becomes
a token of kind `skip`, so that nothing inside it is read as a time.
"""

import re
from dataclasses import dataclass
from typing import Final

from daojia.chat.understanding.script import compiled

_N = r"(?:\d{1,2}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[零〇一二两俩仨三四五六七八九])"
_HOUR = r"(?:2[0-4]|1\d|0?\d|二十[一二三四]?|十[一二三四五六七八九]?|[零〇一二两俩仨三四五六七八九])"
_DAY = r"(?:3[01]|[12]\d|0?[1-9]|三十一?|(?:二十|廿)[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九])"
_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[元一二三四五六七八九])"
_MINUTE = r"(?:[0-5]?\d|[零〇][一二三四五六七八九]|[二三四五]?十[一二三四五六七八九]?|[一二三四五六七八九](?!刻))"
_LATER = r"(?:之后|以后|过后|后(?![天面门院来备续]))"
_WITHIN = r"(?:之内|以内|内)"
_TO = r"(?:到|至|-|~)"
_WEEK = r"(?:周|星期|礼拜)"
_CJK_N = "一二两俩三四五六七八九十零〇"
PARTS: Final = {
    "凌晨": "凌晨 后半夜 下半夜",
    "清晨": "清晨 清早 一大早 大清早 大早上 一早",
    "早上": "早上 早晨 早间 朝早 早尚 早",
    "上午": "上午 上昼 前晌 尚午 上无",
    "中午": "中午 正午 晌午 午间 大中午",
    "白天": "白天 大白天",
    "下午": "下午 午后 下昼 晏昼 后晌 午饭后 午饭以后 吃完午饭 吃过午饭 下武 夏午",
    "傍晚": "傍晚 黄昏 傍黑",
    "晚上": "晚上 晚间 夜里 夜晚 夜间 大晚上 晚夕 晚饭后 晚饭以后 吃完晚饭 吃过晚饭 下班后 下班以后 下了班 放学后"
    " 晚尚 晚 夜",
    "深夜": "深夜 半夜 午夜 前半夜 大半夜 三更半夜",
}
"""Parts of a day and how they are called."""
PART_OF: Final = {word: part for part, words in PARTS.items() for word in words.split()}
_PART = f"(?:{'|'.join(sorted((word for word in PART_OF if len(word) > 1), key=len, reverse=True))})"
PART_OF["下五"] = "下午"  # a slip of the keyboard, read only right after a day
_NOT_A_HOUSE = (
    r"(?!楼|线|院|门|店|机|馆|栋|单元|室|幢|码|公馆|用|期|本|元|技师|师傅|阿姨|员|房|地块|桌|床|柜|电池|订单"
    r"|,?\s*(?:\d|[一二三四五六七八九十])+(?:单元|室|栋|楼|层|幢))"
)
_UNIT = "(?:小时|钟头|分钟|刻钟|钟(?!头|点|表)|h(?![a-z]))"

FEASTS: Final = (
    "大年三十|年三十|除夕|年夜|大年初一|春节|过年|新年(?=[前后]|那|当|第)|元旦|情人节|妇女节|三八节|植树节"
    "|劳动节|五一(?![路街号大道])"
    "|青年节|儿童节|六一(?=节|儿童|那|当|前|后|放假|$|[,。 ])|建军节|教师节|国庆|十一(?=长?假|国庆|黄金周)"
    "|万圣节|双十一|双11|双十二|双12"
    "|平安夜|圣诞|跨年|元宵|龙抬头|端午|七夕|中元|中秋|重阳|腊八(?!粥|蒜)|小年(?!轻)|清明|冬至|母亲节|父亲节|感恩节"
)
_LUNAR_DAY = (
    r"(?:初[一二三四五六七八九十]|二十[一二三四五六七八九]?|廿[一二三四五六七八九]|三十|十[一二三四五六七八九]?"
    r"|\d{1,2})"
)

# Order matters: at one place the first pattern that fits wins.
_PATTERNS: Final = {
    "stamp": rf"(?<!\d)(?:(?P<st_y>20[23]\d)(?P<st_m>0[1-9]|1[0-2])(?P<st_d>[0-2]\d|3[01])(?!\d)"
    rf"|(?P<st_m2>0[1-9]|1[0-2])(?P<st_d2>[0-2]\d|3[01])(?=日|号(?!楼)|{_PART}))[日号]?",
    "nth": rf"(?:第(?P<nt_n>{_N})|最后[一1])个(?:(?P<nt_w>工作日|周末)|{_WEEK}(?P<nt_d>[一二三四五六日天]))",
    "shift":
        r"(?P<sh_l>最后[一1]天)|(?P<sh_b>前一[天晚]|头一[天晚]|前[一1]日|前[两2]天)|(?P<sh_a>后一天|第二天|次日"
        r"|隔天|后[两2]天)(?P<sh_p>晚上?|早上?)?",
    "skip": "|".join(
        (
            r"(?:早上?|上午|中午|下午|晚上)好(?![像吗了不的多久])",
            r"1[3-9]\d[- ]?\d{4}[- ]?\d{4}",
            r"[¥￥]\s*\d+(?:\.\d+)?",
            rf"(?:\d+\.\d+|[\d{_CJK_N}百千]+)\s*(?:元(?!旦|宵)|块(?!表)|圆|折|%|万|毛|角|rmb)",
            r"\d{5,}",
            r"\d+(?:\.\d+)?\s*(?:平米|平方|平|㎡|m2|kg|公斤|斤|匹|寸|升|l|cm|公分)",
            rf"第\s*[\d{_CJK_N}]+\s*[点号天次个位]?",
            rf"每(?:隔)?[\d{_CJK_N}]*个?(?:{_WEEK}|月|天)(?:[\d{_CJK_N}]+次)?",
            rf"[一两三四]个?(?:{_WEEK}|月|天)(?:来|做)?[\d{_CJK_N}]+[次回]",
            (
                rf"(?:\d+\.\d+|半|[\d{_CJK_N}]+)\s*(?:个半|个多?|多个)?\s*{_UNIT}半?(?!\s*(?:{_LATER}|{_WITHIN}"
                rf"|后(?![天面门院来备续]))|[\d{_CJK_N}]+分)"
            ),
            rf"(?:半个?天|[\d{_CJK_N}]+个?(?:天|晚|夜))(?!\s*(?:{_LATER}|{_WITHIN})|后|气)",
            rf"[\d{_CJK_N}百]+\s*(?:栋|幢|单元|室|楼|层|弄|座|居|厅|卫|巷|村|组|街|路|环|中(?!午|秋|旬))",
            r"(?<=[路街道巷弄园区苑村城镇])\s*\d+\s*(?:号|-\d+)",
            r"\d+\s*号\s*(?:楼|院|门|线|店|机|馆|栋|单元|公馆|房|桌|技师|师傅|阿姨|员)",
            r"\d+-\d+-\d+(?!日|号)(?<!\d{4}-\d-\d)(?<!\d{4}-\d\d-\d)(?<!\d{4}-\d\d-\d\d)(?<!\d{4}-\d-\d\d)|\d+-\d{3,}",
            r"(?<!\d)\d{4}(?![\d年/.:点-])",
            (
                rf"[\d{_CJK_N}]+\s*(?:台|位|间|扇|件|套|次|人|只|条|张|把|瓶|盏|斤|米|份|名|遍|口|户|岁|楼|趟|块|片"
                r"|颗|组|床|袋|桶|部|回|代|胎|公里|km)"
            ),
            rf"[\d{_CJK_N}]+个(?!多?半?(?:小时|钟)|半?月|{_WEEK}|半|礼拜)",
            (
                r"(?:(?<=便宜)|(?<=干净)|(?<=仔细)|(?<=认真)|(?<=专业)|(?<=漂亮)|(?<=温柔)|(?<=年轻)|(?<=优惠)"
                r"|(?<=利索)"
                rf"|(?<=[快早晚好轻多少大小细近远稍慢重热冷有差再省高低短长薄厚软硬淡]))[一1]点(?![\d{_CJK_N}钟半整])"
            ),
            r"(?<!\d)[一1两2三3几]点(?:要求|建议|意见|问题|原因|小|需求|水|事|心意)",
            r"(?<![午上晨晚\d天号])[一1]点(?:也|都|儿|不|没|点)",
            rf"十(?:分(?!钟|之)|全十美)|万[{_CJK_N}]|百分之{_N}",
        )
    ),
    "now": r"现在|马上|立刻|立即|尽快|越快越好|即刻|这会儿|此刻|立马|这就|当下|眼下|即时|而家",
    "soon":
        r"(?:(?:一|待|等|过)下?会儿?(?![员议计])|稍后|晚点儿?(?!\d|到|来)|回头|阵间|等阵)(?!再?(?:说|看|聊|联系"
        r"|回|告诉|付|决定))",
    "moment":
        r"(?:大概|大约)?(?:再?过)?(?:个)?(?P<mo_n>半|个把|一两|两三|三四|四五|五六|\d+\.5"
        rf"|{_N})(?P<mo_ge>个多?)?(?P<mo_half>半)?(?P<mo_unit>{_UNIT})(?P<mo_half2>半)?"
    rf"(?:(?P<mo_min>{_N})分钟?)?(?:左右)?(?P<mo_dir>{_LATER}|{_WITHIN})"
    rf"|再?过个?(?P<pa_n>半|{_N})(?P<pa_ge>个)?(?P<pa_half>半)?(?P<pa_unit>{_UNIT})(?P<pa_half2>半)?",
    "days":
        r"(?P<dr_w>[这近](?:[一1两2]|几)[天日]|最近(?:几天|[一两]天)?|近期|近日)|(?:再?过|隔)个?(?P<dp_n>半"
        rf"|{_N})个?(?P<dp_unit>天|日|周|星期|礼拜|月)(?:{_LATER})?"
    rf"|(?<!\d月)(?P<da_n>半|\d{{1,3}}|{_N})个?(?P<da_unit>天|日(?!{_LATER})|周|星期|礼拜|月)(?:{_LATER}"
    rf"|(?P<da_in>{_WITHIN}))",
    "day":
        r"(?P<dy_w>今明(?:两|后)?天|明后(?:两)?天|大大后天|大后天|大后日|大后|今天|今日|今儿个?|今个儿?|当天"
        r"|当日|明天|明日|明儿个?|明个儿?|明朝|听日|名天|明田|后天|后日|后儿个?"
    r"|今(?=早|晚|晨|夜)|明(?=早|晚|晨)|后(?=早(?!期)|晚)|前天|昨天|昨日|昨(?=晚)|琴日)(?P<dy_p>早上?(?!点|一点"
    r"|些)|晚上?(?!点(?!钟)|一点儿|些)|夜里?|晨)?",
    "weekend":
        r"(?P<we_n>下下|下|这|本|上)?(?:一)?个?(?:周末|双休日?|礼拜末|(?:周|星期|礼拜)六[,、/]?[日天](?!上|下|早"
        r"|晚))",
    "worked": r"(?P<wo_n>下下|下)?(?:一)?个?工作日|(?P<wo_k>调休)(?:那天|上班|的那天|日)?",
    "weekday":
        rf"(?P<wd_n>上上|上|下下下|下下|下|这|本)?(?:一)?个?{_WEEK}(?P<wd_d>[一二三四五六日天]"
        r"|[1-7](?![\d点:号月日时]))(?![天个次回两三四五六七八九十](?:来|次))",
    "week": rf"(?P<wk_n>下下|下|这|本)(?:一)?个?{_WEEK}(?!{_LATER})",
    "iso": r"(?P<is_y>20\d\d)[-/.年](?P<is_m>\d{1,2})[-/.月](?P<is_d>\d{1,2})[日号]?",
    "year":
        r"(?P<yr_w>今年|明年|后年|来年|20[2-3]\d年)(?=的?(?:\d|[一二三四五六七八九十]+月|正月|腊月|农历|春|元|国"
        r"|五一|除夕|中秋|端午|清明|大年))的?",
    "lunar":
        rf"(?:(?:农历|阴历|旧历|老历)\s*(?P<lu_m>正|腊|冬|{_MONTH})月|(?P<lu_m2>正|腊"
        rf"|冬)月)(?P<lu_d>{_LUNAR_DAY})(?!月|点)[号日]?"
    rf"|(?P<lu_m3>{_MONTH})月(?P<lu_d3>初[一二三四五六七八九十])|(?:大年|年|过年"
    r"|春节)?(?P<lu_d4>初[一二三四五六七八九])(?![中高小次步级])",
    "monthday":
        rf"(?P<md_m>{_MONTH})月(?:份)?(?:(?P<md_d>{_DAY})(?:[号日]|(?![\d点时:月]))|(?P<md_x>底|末|初"
        r"|[上中下]旬))?",
    "nextmonth": rf"(?P<nm_n>下下|下|这|本|当)(?:一)?个?月(?:份)?"
    rf"(?:(?P<nm_d>{_DAY})[号日]|(?P<nm_x>底|末|初|[上中下]旬))?",
    "monthend": r"(?P<me_x>月底|月末|月初|月中|年底|年末|年前|年后|[上中下]旬)",
    "slash": rf"(?<![\d./])(?P<sl_m>1[0-2]|0?[1-9])/(?P<sl_d>3[01]|[12]\d|0?[1-9])(?![\d./])"
    r"|(?<![\d./])(?P<so_m>(?:1[0-2]|0?[1-9])(?=\.)|(?:1[0-2]|0[1-9])(?=-))[.-](?P<so_d>3[01]|[12]\d"
    rf"|0?[1-9])(?=\s*(?:[号日]|{_PART}|早|晚(?!点))|\s+\d\d?[:点])[号日]?",
    "date": rf"(?<![\d路街道巷弄第周])(?P<dn_d>{_DAY})(?:[号日]{_NOT_A_HOUSE}|(?=\s*{_TO}\s*{_DAY}[号日]))",
    "feast": rf"(?P<fe_n>{FEASTS})(?!路|街|大道|月饼|村|苑|巷)(?P<fe_k>节|长?假期?|黄金周|期间|夜)*",
    "afterfeast":
        r"(?<![春过])(?P<af_w>(?:节|假期|放假|长假)(?:之后|以后|过后|后(?![天面]))|放完假|过完[年节]|收假)(?:后"
        r"|以后)?",
    "around": r"(?P<ar_w>一两|一二|两三|二三|三四|四五|五六|六七|七八|八九|九十|十一二)点(?:钟)?(?:左右|多)?",
    "clock": rf"(?<![\d.:几])(?:(?P<ck_to>差(?:一刻|{_N}分)钟?(?:到)?)?(?P<ck_h>{_HOUR})"
    r"(?:(?:点[钟中]?|时(?![间候常不长段]))(?:过)?(?P<ck_m>半|[一1]刻|[三3]刻|整"
    rf"|{_MINUTE}(?:分(?!钟))?(?![\d点个小元块:岁台位折]|{_TO}\d|月|号))?"
    rf"(?P<ck_v>多|左右|前后|来钟)?(?P<ck_c>差(?:一刻|{_N}分))?|[:;](?P<ck_mm>[0-5]\d)(?:分)?(?!\d)))"
    rf"|(?<=[午上晚早天日号一二三四五六 ])(?P<ck_hd>{_HOUR})\.(?P<ck_md>[0-5]\d)(?![\d元块%]|平|米|小时)"
    rf"|(?<![\d.:])(?P<ck_r>{_HOUR})(?=\s*{_TO}\s*(?:{_PART})?{_HOUR}(?:点(?!儿)|:\d\d|时(?!间)))",
    "part":
        rf"(?P<pt_w>{_PART}|(?<=[天日号一二三四五六末])下五(?!点)|(?<=[天日号一二三四五六末个晚])[早晚](?!点来"
        rf"|一点儿|点儿|些|饭|安|到)|[早晚](?![一1]点(?![\d{_CJK_N}半钟整]))(?=[\d{_CJK_N}]+(?:点(?!儿)|:)))",
    "to": rf"\s*{_TO}\s*",
    "or": r"或者|或|还是|要么|要不|、|/",
    "after": r"以后|之后|过后|往后|开始|起|后(?![天面门院来备续])",
    "before": r"之前|以前|前(?![面台天门后])",
}  # fmt: skip
_BEGINNINGS: Final = (
    "0123456789¥￥零〇一二两俩三四五六七八九十廿半百千万第每"
    "现马立尽越即这此当眼而待等过稍晚回阵再大个"
    "白尚今明后前昨听名琴上下本周星礼双工调来农阴旧老正腊冬初年月中春节假收放除新元情妇劳青儿植建教国圣跨龙端重小清平母父感"
    "头次隔最近隔仨差凌朝早晌午傍黄夜深晏吃三到至-~或还要、/以之往开起 "
)
"""Every character a token may begin with: most characters of a sentence are passed over quickly."""
_TOKEN: Final = (
    f"(?=[{re.escape(_BEGINNINGS)}])(?:"
    + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS.items())
    + ")"
)

_PARTS_OF: Final = {kind: tuple(re.findall(r"\(\?P<(\w+)>", pattern)) for kind, pattern in _PATTERNS.items()}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of time in a sentence: its kind, its named parts, where it stands."""

    kind: str
    parts: dict[str, str]
    start: int
    end: int
    text: str


def tokens(text: str) -> list[Token]:
    """All words of time in a folded text, from left to right, without those that only look like it."""
    found: list[Token] = []
    for match in compiled(_TOKEN).finditer(text):
        kind = match.lastgroup
        if kind is None or kind == "skip":
            continue
        said: dict[str, str | None] = match.groupdict()
        parts = {name: value for name in _PARTS_OF[kind] if (value := said[name]) is not None}
        found.append(Token(kind, parts, match.start(), match.end(), match.group()))
    return found
