"""The facts in a message besides its service and time: how long, how many, who, where, which order, wishes. Pure."""

from dataclasses import dataclass
from typing import Any, Final

from daojia.chat.understanding.script import compiled, number

_N: Final = r"(?:\d{1,3}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两俩三仨四五六七八九])"
_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴"
    "霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚"
    "岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑"
    "迟邝"
)
_CALLED: Final = "阿姨|师傅|大姐|姐|哥|老师|技师|师父|大哥|师付|嫂|妹|叔"
_ANYBODY: Final = "阿姨|师傅|大姐|技师|小哥哥?|小姐姐|姐姐|大哥|嫂子|嬢嬢|老师|姑娘|小伙子?|妹子|师父|师付|人"


@dataclass(frozen=True, slots=True)
class Slot:
    """A fact, where it was said, and how sure."""

    value: Any
    start: int
    end: int
    confidence: float = 0.9


_MINUTES: Final = (
    rf"(?<![点第\d:])(?P<n>半|\d{{1,3}}(?:\.\d)?|{_N})\s*(?P<half>个半|个?(?=[小钟])|个多)?\s*(?P<unit>小时|钟头"
    rf"|分钟|刻钟|min(?![a-z])|(?<=个)钟(?![头点表])|(?<=个半)钟|h(?![a-z]))(?P<half2>半)?(?:(?P<min>{_N})分钟?)?"
    r"(?!\s*(?:之?后|以后|过后|之?内|以内|前|之前))"
)
_SHIFTED: Final = (
    r"(?:提前|提早|推迟|推后|延后|延迟|延|晚|早|等|迟到|迟|往[前后][推挪延提移]|超时|超)(?:了|到了|大概)?\s*$"
)
"""Before a length of time that is a delay, not the length of a visit."""
_QUANTITY: Final = (
    rf"(?<![\d第点])(?P<n>\d{{1,2}}|{_N})\s*(?:台|扇|件|套|间|张|盏|位|个人|人(?!工|民)|部|块玻璃|面玻璃"
    r"|个(?=空调|油烟机|冰箱|电视|洗衣机|房间|卫生间|窗|沙发|阿姨|师傅|保洁|人|衣柜|马桶|水龙头|灯|插座|锁|头"
    r"|挂机|柜机))(?!时)"
)
_INSTEAD: Final = rf"换(?:成|到|个)?(?=[{_SURNAMES}])"
_TARGET: Final = r"(?:改|换|变|加|增)(?:成|到|为)"
_ORDER: Final = r"(?<![\d.¥￥年/-])(?<!\d:)(?P<no>\d{4,7})(?![\d.:]|\s*(?:元|块|年|平|号(?:楼|院|$)|点|米))"
_SPELLED: Final = r"(?<![\d.])\d(?: \d){3,6}(?![\d.])"
_CODE: Final = r"(?<!\d)\d{4}(?!\d)"
_AMOUNT: Final = (
    r"预算(?:大概|在|是|:)?\s*(?P<g>\d{2,5})(?!\d)|[¥￥]\s*(?P<a>\d+(?:\.\d{1,2})?)"
    r"|(?P<b>\d+(?:\.\d{1,2})?)\s*(?:元|块(?!玻璃)|圆|rmb|大洋)"
    r"|(?P<c>[一二两三四五六七八九十百千万零]{1,9})\s*(?:元|块(?!玻璃)|圆)"
    r"|(?P<d>[一二两三四五六七八九][百千万][一二两三四五六七八九十百千零]{0,7})(?!多?[平个台次人户家])"
    r"|(?:[提体]现?|取|提款|取现|提钱|取钱|转)(?:个|出|走)?\s*(?P<e>\d+(?:\.\d{1,2})?)(?![\d个天号点分台])"
    r"|(?:[提体]现|提款|取现|取钱"
    r"|提钱)(?:个)?\s*(?P<f>[一二两三四五六七八九十]{1,3})(?![一二两三四五六七八九十百千万天号点])"
)
_NOT_NAMES: Final = (
    r"明天)(?<!时间)(?<!马上)(?<!司机)(?<!方便)(?<!安排)(?<!师傅)(?<!左右)(?<!周末)(?<!周一)(?<!周二)(?<!周三)(?<!周四)(?<!周五)(?<!周六"
    r")(?<!周日)(?<!时候)(?<!安静)(?<!温柔)(?<!周天)(?<!车位)(?<!高级)(?<!高手)(?<!白天)(?<!全部)(?<!全屋)(?<!全身)(?<!安摩)(?<!单子)(?<!单人)(?<!单独"
)
"""Words that begin with a surname and are none."""
_PROVIDER_NAMED: Final = (
    r"(?P<name>(?:老"
    rf"|小)?(?:(?<!谢)[{_SURNAMES}](?!谢))(?:[^\W叫派约找请让给的了排谢烦和跟到利想要个位是有]{{1,2}}(?=师傅|阿姨"
    rf"|老师|技师))?(?:{_CALLED}))"
    rf"|(?P<no>(?:\d{{1,3}})号(?:技师|师傅|阿姨))"
    r"|(?P<last>(?:上次|上回|之前|以前|上一次|上周|前几天|老(?!人))(?:来|做|那|的|给我|帮我|打扫|服务)*(?:那)?(?:个"
    rf"|位)?的?(?:{_ANYBODY}))|(?P<same>(?:还是|就要|还找|还要|继续找|还约)(?:上次"
    r"|上回|之前)?(?:那|他|她)(?:个|位)?(?:阿姨|师傅|大姐|技师|小哥|老师|人)?)"
    rf"|(?:(?:还|就|只|指定|点名|继续)要|还是|(?:还|就|继续|指定)?(?:找|约|叫|请|选)(?:那个)?|换(?:成|到)?)(?P<full>[{_SURNAMES}]"
    rf"(?!谢)[一-龥]{{1,2}})(?=$|[\s,.!]|来|做|上门|帮|给)(?<!{_NOT_NAMES})"
)
_AGAIN: Final = r"^(?:还是|就要|还找|还要|继续找|还约)(?=上|之|那|他|她)"
_WISHES: Final = {
    "女师傅": r"女(?:师傅|的|技师|阿姨|性|生|同志|士(?:来|服务))|要个?女|小姐姐|女孩子?来|阿姨来就行",
    "男师傅": r"男(?:师傅|的|技师|性|生|同志)|要个?男|小哥哥",
    "便宜点": r"便宜(?:一?点|些|的)|实惠|性价比|价格低|(?:能|可以)便宜",
    "评分高": r"评分(?:最?高|好)|好评(?:多|高|率)|口碑|评价(?:好|高|最好)|星级高|五星",
    "有经验": r"经验(?:丰富|多|足)?|老手|熟练|专业(?:一?点|的|些)|手艺好|技术好|靠谱|老师傅",
    "会做饭": r"会(?:做饭|烧饭|烧菜|做菜)|做(?:个|顿)饭|顺便做饭",
    "细心": r"细心|仔细|认真|干净(?:一?点|利索)|负责任?的|爱干净",
    "手脚快": r"手脚(?:快|麻利)|麻利|利索",
    "年轻": r"年轻",
    "安静": r"话少|安静(?:一?点)?|别(?:太)?吵|轻一?点",
    "力气大": r"力气大|手(?:法|劲)重|手劲大|力度大|力道大|按重",
    "力度轻": r"力度(?:轻|小)|手法轻|按轻",
    "近一点": r"离(?:我)?近(?:一?点)?的|近一点",
    "准时": r"准时|别迟到|不要迟到|守时",
    "自带工具": r"(?:自带|自己带|带(?:上|好)?)(?:工具|清洁剂|用品)",
}
_WISH: Final = "|".join(f"(?P<w{index}>{pattern})" for index, pattern in enumerate(_WISHES.values()))
_WISH_NAMES: Final = tuple(_WISHES)
_NOTE: Final = (
    r"猫|狗(?!子路)|宠物|鸟|兔|仓鼠|过敏|门禁|密码|钥匙|老人(?!理发)|老年人|小孩(?!推拿)|孩子(?!推拿)"
    r"|宝宝(?!推拿)|婴儿(?!推拿)|孕妇|怀孕|奶奶|爷爷|停车|电梯|敲门|门铃|备注|对讲|保安|登记|鞋套|怕吵|睡觉|在家"
    r"|不在家|打(?:个)?电话|提前联系|提前打|楼梯|没有?电梯|行动不便|轮椅|病人|坐月子|后门|侧门|北门|南门|东门"
    r"|西门|走.{0,3}门|味道|刺激|消毒|戴口罩|口罩|小心|注意|易碎|贵重|暗号|怕|脱鞋|换鞋|车位|地库|快递柜|鞋柜"
    r"|花粉|酒精|别按|不要按|别用|不要用"
)
_CLAUSE: Final = r"[^,，。;；!！\n、 ]+(?:[ 、][^,，。;；!！\n、 ]+)*"
_PIECE: Final = r"[^,。;!\n ]+"
_QUESTION: Final = r"[吗么嘛?]$|多少|什么|怎么|能不能|可不可以|哪|吗$|有没有.*师傅"
_HOMES: Final = (
    r"(?:我家(?:里)?|家里|公司|单位|办公室|店里|学校|爸妈家|我(?:爸|妈|爸妈|父母|奶奶|爷爷|外婆|婆婆|岳母|女儿"
    r"|儿子|姐|哥|弟|妹)家"
    r"|父母家|娘家|婆婆家|丈母娘家|老家|宿舍|出租屋|新家|新房)"
)
_SAVED: Final = (
    r"老(?:地方|地址|位置)|上次(?:那个)?(?:的)?(?:地址|地方)|(?:默认|原来的?)地址"
    rf"|(?<=[来到去回在])(?:一下)?(?P<home>{_HOMES}(?:那边|这边)?)(?![有没很太的人门附])"
    rf"|^{_HOMES}(?=$|[,.。 ]|这边|那边)"
)
_DOOR: Final = (
    r"(?:\s*(?:[0-9a-z一二三四五六七八九十百]{1,5}(?:号楼|号院|号|弄|栋|幢|座|期|区|单元|门|层|楼|室|户|组团|组"
    r"|#)[\s,-]{0,2}"
    r"|[东西南北]?[区门](?=\d)|-?[a-z]?\d{1,4}(?:-\d{1,4}){0,3}(?!\s*(?:点|分|元|块|小时|月|:|台|年|平|个|次))[\s,-]?))"
)
_ROAD: Final = r"(?:大道|路|街|巷|弄|胡同|里|道口|环线)"
_COMPOUND: Final = (
    r"(?:小区|花园|家园|新村|公寓|大厦|广场|苑|城(?!市)|府(?!邸)|邸|公馆|名都|山庄|嘉园|国际|中心|写字楼|大楼"
    r"|宿舍|学校|大学|医院|酒店|宾馆"
    r"|站|村|湾|庭|园|阁|轩|居(?!家)|湖|岸|郡|世家|人家|春晓|都市|明珠|坊|楼)"
)
_ADDRESS: Final = (
    r"(?:地址|住址|位置|地点)(?:在|是|改成|改到|改为|换成|:|为)*\s*(?P<given>(?!写|填|输|错|去|改|换|变|帮|怎|在哪"
    r"|不|搬|有|能|可)[^,。;!?\n]{3,50})"
    rf"|(?P<numbered>[一-龥][一-龥a-z0-9·]{{0,24}}?(?:{_ROAD}"
    rf"|{_COMPOUND}){_DOOR}+(?:[一-龥a-z]{{1,12}}?{_DOOR}+)*(?:[一-龥]{{1,8}}?{_COMPOUND})?)"
    r"|(?P<near>(?<=[在到去来住])[一-龥]{2,12}(?:小区|花园|家园|新村|公寓|大厦|广场|苑|路|大道|街|公馆|府|山庄"
    r"|新城|嘉园)(?:附近|旁边|对面)?)"
)
_LEADING: Final = (
    r".{0,20}(?<!未)(?:在|到|去|来|住|地址|约|预约|打扫|保洁|上门)(?=.{4})|^(?:我?(?:想|要|在|家|(?:地址|位置|住址)?是|就|们|订|请"
    r"|让|叫|帮|给|人|的|,|\s|你好|您好|麻烦|师傅|阿姨|个|做|了|吧|过来|换成|改成|送|位置|公司|搬|刚"
    r"|现在)+)(?=.{3})"
)


def minutes(text: str) -> Slot | None:
    """How long the visit should take: 三小时, 一个半小时, 90分钟."""
    match = compiled(_MINUTES).search(text)
    if match is None or compiled(_SHIFTED).search(text, 0, match.start()):
        return None
    said, unit = match["n"], match["unit"]
    amount = (
        0.5
        if said == "半"
        else float(said)
        if said[0].isdecimal()
        else number(said.replace("俩", "两").replace("仨", "三"))
    )
    if match["half"] == "个半" or match["half2"]:
        amount += 0.5
    each = {"分钟": 1, "min": 1, "刻钟": 15}.get(unit, 60)
    value = int(amount * each) + (number(match["min"]) if match["min"] else 0)
    return Slot(value, match.start(), match.end()) if 0 < value <= 24 * 60 else None


def quantity(text: str) -> Slot | None:
    """How many appliances, windows, people: 两台, 三扇."""
    # 由两台改成三台: what it is changed to.
    target = compiled(_TARGET).search(text)
    every = list(compiled(_QUANTITY).finditer(text, target.end() if target else 0))
    every = every or list(compiled(_QUANTITY).finditer(text))
    if not every:
        return None
    # 一位师傅洗三台空调: how many are to be done, rather than the one who comes.
    match = next((each for each in every if each["n"] not in {"一", "1"}), every[0])
    value = number(match["n"].replace("俩", "两").replace("仨", "三"))
    return Slot(value, match.start(), match.end()) if value else None


def order_number(text: str) -> Slot | None:
    """An order's number, 4 to 7 digits."""
    match = compiled(_ORDER).search(text)
    if match is None:
        spelled = compiled(_SPELLED).search(text)
        return Slot(spelled.group().replace(" ", ""), spelled.start(), spelled.end(), 0.8) if spelled else None
    return Slot(match["no"], match.start("no"), match.end("no"))


def code(text: str) -> Slot | None:
    """A customer's arrival code, 4 digits; of several groups the last."""
    matches = list(compiled(_CODE).finditer(text))
    return Slot(matches[-1][0], matches[-1].start(), matches[-1].end()) if matches else None


def amount(text: str) -> Slot | None:
    """An amount in yuan, an int where it is whole."""
    match = compiled(_AMOUNT).search(text)
    if match is None:
        return None
    digits = match["a"] or match["b"] or match["e"] or match["g"]
    if digits:
        value = float(digits)
    else:
        said = match["c"] or match["d"] or match["f"]
        try:
            value = float(_large(said))
        except ValueError:
            # 百元, 十百元: characters of a number that make none.
            return None
    return Slot(int(value) if value == int(value) else value, match.start(), match.end())


def _large(said: str) -> int:
    """The value of a number in characters up to the ten thousands: 一千二 is 1200. ValueError if it is none."""
    for unit, worth in (("万", 10_000), ("千", 1000)):
        if unit in said:
            high, _, rest = said.partition(unit)
            digit = len(rest) == 1 and rest in "一二两三四五六七八九"
            low = number(rest) * worth // 10 if digit else _large(rest.lstrip("零")) if rest else 0
            return _large(high) * worth + low
    return number(said)


def provider(text: str) -> Slot | None:
    """Whom the customer wants: 王师傅, 12号技师, 上次那个阿姨."""
    # 不要王师傅了，换李师傅: the one it is changed to.
    target = compiled(_INSTEAD).search(text)
    match = compiled(_PROVIDER_NAMED).search(text, target.start() if target else 0)
    match = match or (compiled(_PROVIDER_NAMED).search(text) if target else None)
    if match is None:
        return None
    if match["full"]:
        return Slot(match["full"], match.start("full"), match.end("full"), 0.75)
    words = compiled(_AGAIN).sub("", match.group())
    return Slot(words, match.end() - len(words), match.end()) if words else None


def wish(text: str) -> Slot | None:
    """What the provider should be like, as a few fixed words joined by 、."""
    found = list(compiled(_WISH).finditer(text))
    if not found:
        return None
    names = dict.fromkeys(_WISH_NAMES[int((match.lastgroup or "w0")[1:])] for match in found)
    return Slot("、".join(names), found[0].start(), found[-1].end())


def address(text: str, taken: list[tuple[int, int]]) -> Slot | None:
    """Where: a road and number, a compound and door, or a saved place by name (家里, 公司, 老地方)."""
    masked = text
    for start, end in taken:
        masked = masked[:start] + "," * (end - start) + masked[end:]
    match = compiled(_ADDRESS).search(masked)
    if match is not None:
        start, end = match.span(match.lastgroup or 0)
        if match.lastgroup == "numbered":
            lead = compiled(_LEADING).match(masked[start:end])
            start += lead.end() if lead else 0
        words = masked[start:end].strip(" ,-").removeprefix("是")
        if len(words) >= 2:
            start = masked.index(words, start)
            return Slot(text[start : start + len(words)], start, start + len(words), 0.85)
    saved = compiled(_SAVED).search(text)
    if saved is None:
        return None
    group = "home" if saved["home"] else 0
    return Slot(saved[group], saved.start(group), saved.end(group), 0.8)


def notes(text: str, taken: list[tuple[int, int]]) -> Slot | None:
    """Clauses that tell the provider about the home: 家里有猫. Joined by ，."""
    if compiled(_NOTE).search(text) is None:
        return None
    masked = text
    for start, end in taken:
        masked = masked[:start] + "," * (end - start) + masked[end:]
    found = [
        each
        for each in compiled(_PIECE).finditer(masked)
        if compiled(_NOTE).search(each.group()) and not compiled(_QUESTION).search(each.group())
    ]
    if not found:
        return None
    value = "，".join(text[each.start() : each.end()].removeprefix("备注").lstrip(": ") for each in found)
    return Slot(value, found[0].start(), found[-1].end(), 0.8) if value else None
