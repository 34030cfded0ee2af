"""How characters sound: a text in which all that sound alike are written alike, pinyin too. Pure.

包洁, 保捷 and baojie become the same, so that words typed by ear or in letters are known. Made from the order of
GB 2312, whose 3,755 common characters stand by pinyin: the first character of each syllable tells all others.
"""

from bisect import bisect_right
from functools import cache
from typing import Final

_FIRST: Final = (
    "啊a 埃ai 鞍an 肮ang 凹ao 芭ba 白bai 斑ban 邦bang 苞bao 杯bei 奔ben 崩beng 逼bi 鞭bian 标biao 鳖bie 彬bin"
    " 兵bing 玻bo 捕bu "
    "擦ca 猜cai 餐can 苍cang 操cao 厕ce 层ceng 插cha 拆chai 搀chan 昌chang 超chao 车che 郴chen 撑cheng 吃chi"
    " 充chong 抽chou "
    "初chu 揣chuai 川chuan 疮chuang 吹chui 春chun 戳chuo 疵ci 聪cong 凑cou 粗cu 蹿cuan 摧cui 村cun 磋cuo 搭da"
    " 呆dai 耽dan "
    "当dang 刀dao 德de 蹬deng 堤di 颠dian 碉diao 跌die 丁ding 丢diu 东dong 兜dou 督du 端duan 堆dui 墩dun"
    " 掇duo 蛾e 恩en 而er "
    "发fa 藩fan 坊fang 菲fei 芬fen 丰feng 佛fo 否fou 夫fu 噶ga 该gai 干gan 冈gang 篙gao 哥ge 给gei 根gen"
    " 耕geng 工gong 钩gou "
    "辜gu 刮gua 乖guai 棺guan 光guang 瑰gui 辊gun 锅guo 哈ha 骸hai 酣han 夯hang 壕hao 呵he 嘿hei 痕hen 哼heng"
    " 轰hong 喉hou "
    "呼hu 花hua 槐huai 欢huan 荒huang 灰hui 荤hun 豁huo 击ji 嘉jia 歼jian 僵jiang 蕉jiao 揭jie 巾jin 荆jing"
    " 炯jiong 揪jiu "
    "鞠ju 捐juan 撅jue 均jun 喀ka 开kai 刊kan 康kang 考kao 坷ke 肯ken 坑keng 空kong 抠kou 枯ku 夸kua 块kuai"
    " 宽kuan 匡kuang "
    "亏kui 坤kun 括kuo 垃la 莱lai 蓝lan 琅lang 捞lao 勒le 雷lei 棱leng 厘li 俩lia 联lian 粮liang 撩liao 列lie"
    " 琳lin 玲ling "
    "溜liu 龙long 楼lou 芦lu 驴lv 峦luan 掠lue 抡lun 萝luo 妈ma 埋mai 瞒man 芒mang 猫mao 么me 玫mei 门men"
    " 萌meng 眯mi 棉mian "
    "苗miao 蔑mie 民min 明ming 谬miu 摸mo 谋mou 拇mu 拿na 氖nai 南nan 囊nang 挠nao 呢ne 馁nei 嫩nen 能neng"
    " 妮ni 蔫nian "
    "娘niang 鸟niao 捏nie 您nin 柠ning 牛niu 脓nong 奴nu 女nv 暖nuan 虐nue 挪nuo 哦o 欧ou 啪pa 拍pai 攀pan"
    " 乓pang 抛pao 呸pei "
    "喷pen 砰peng 坯pi 篇pian 飘piao 撇pie 拼pin 乒ping 坡po 扑pu 期qi 掐qia 牵qian 枪qiang 橇qiao 切qie"
    " 钦qin 青qing "
    "琼qiong 秋qiu 趋qu 圈quan 缺que 裙qun 然ran 瓤rang 饶rao 惹re 壬ren 扔reng 日ri 戎rong 揉rou 茹ru 软ruan"
    " 蕊rui 闰run "
    "若ruo 撒sa 腮sai 三san 桑sang 搔sao 瑟se 森sen 僧seng 莎sha 筛shai 珊shan 墒shang 梢shao 奢she 砷shen"
    " 声sheng 师shi "
    "收shou 蔬shu 刷shua 摔shuai 栓shuan 霜shuang 谁shui 吮shun 说shuo 斯si 松song 搜sou 苏su 酸suan 虽sui"
    " 孙sun 蓑suo 塌ta "
    "胎tai 坍tan 汤tang 掏tao 特te 藤teng 梯ti 天tian 挑tiao 贴tie 厅ting 通tong 偷tou 凸tu 湍tuan 推tui"
    " 吞tun 拖tuo 挖wa "
    "歪wai 豌wan 汪wang 威wei 瘟wen 嗡weng 挝wo 巫wu 昔xi 瞎xia 掀xian 相xiang 萧xiao 楔xie 薪xin 星xing"
    " 兄xiong 休xiu 墟xu "
    "轩xuan 靴xue 勋xun 压ya 焉yan 殃yang 邀yao 椰ye 一yi 茵yin 英ying 哟yo 拥yong 幽you 迂yu 鸳yuan 曰yue"
    " 耘yun 匝za 栽zai "
    "咱zan 赃zang 遭zao 责ze 贼zei 怎zen 增zeng 扎zha 摘zhai 瞻zhan 樟zhang 招zhao 遮zhe 珍zhen 蒸zheng 芝zhi"
    " 中zhong "
    "舟zhou 珠zhu 抓zhua 拽zhuai 专zhuan 桩zhuang 椎zhui 谆zhun 捉zhuo 兹zi 鬃zong 邹zou 租zu 钻zuan 嘴zui"
    " 尊zun 昨zuo"
)
"""The first character of each syllable, in the order of GB 2312."""
_RARER: Final = (
    "啥sha 咋za 嘛ma 俺an 咱zan 咩mei 噢o 喽lou 呗bei 嘞lei 哒da 啦la 呦you 嗨hai 哟yo 擤xing 睫jie 灸jiu 痧sha"
    " 调tiao 还hai 都dou 长chang 了le 着zhe 得de 行xing 觉jiao 重zhong 发fa 给gei 没mei 约yue"
)
"""Characters of chat that stand elsewhere in GB 2312."""
_COMMON: Final = (
    "我的订单擦一下怎么样了有人洁吗是傅到那出发约保好水来给打少派退款几点还没催快阿等半个小呢都过咋不要多就能看子现在请况儿呀成工后账分钟帮烦次预天这询地们三想问上啥按装台家明把谢刚栋今路行说两叫搞话头影间"
    "周里满通也做完臭换钱会男女确让干奶才往带准去他开姑娘午摩窗户你空调老疼找常活年外位生洗光转修房烟冰住拜忙烫孙龙改冷很口六平收边数聊备最可啦起艾洪跑汉管卡员本挪错用弄别掉面对据票朋破冲跟坏拖甩短临毛讲听"
    "苦热敲哦买楼学度乱费抢图丢赔挂玻全联片黑狗啃比操提日需车哈送算娃然群穿赞累目档荒米贵皮落您内表何康套靠如额爽谱决特怕求蹲色毯否扰某拐"
)
"""The character most often meant by each sound in our messages: what pinyin is written in."""
_BLURRED: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"))
"""Sounds that many speakers do not tell apart."""
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_LONGEST: Final = 6


def sounded(text: str) -> str:
    """A folded text with one character for each sound; places stay."""
    return text.translate(_tables()[0])


def spelled_out(text: str) -> tuple[str, list[int]]:
    """A folded text with its pinyin in characters, blanks between syllables left out, and where each character stood,
    with the end at the end. Letters that spell no syllables stay."""
    if _LETTERS.isdisjoint(text):
        return text, list(range(len(text) + 1))
    spelled = _tables()[1]
    pieces: list[str] = []
    places: list[int] = []
    place, end = 0, len(text)
    after = False
    while place < end:
        stop = place
        while stop < end and text[stop] in _LETTERS:
            stop += 1
        read = _syllables(text[place:stop], spelled) if stop - place > 1 else None
        if read is None:
            stop = max(stop, place + 1)
            pieces += text[place:stop]
            places += range(place, stop)
            after = False
        else:
            if after is False and pieces and pieces[-1] == " " and len(pieces) > 1 and pieces[-2] > "一":
                pieces.pop()
                places.pop()
            start = place
            for char, size in read:
                pieces.append(char)
                places.append(start)
                start += size
            after = stop < end and text[stop] == " "
            stop += after
        place = stop
    return "".join(pieces), [*places, end]


def _syllables(word: str, spelled: dict[str, str]) -> list[tuple[str, int]] | None:
    """The characters a word in letters spells and the letters of each, longest syllables first; None if none."""
    if not word:
        return []
    if len(word) > 40:
        return None
    for size in range(min(_LONGEST, len(word)), 0, -1):
        first = spelled.get(word[:size])
        if first is not None and (rest := _syllables(word[size:], spelled)) is not None:
            return [(first, size), *rest]
    return None


@cache
def _tables() -> tuple[dict[int, str], dict[str, str]]:
    """From a character to the common one of its sound, and from a syllable in letters to it."""
    firsts = _FIRST.split()
    starts = [each[0].encode("gb2312") for each in firsts]
    of_char: dict[str, str] = {}
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF if high < 0xD7 else 0xFA):
            code = bytes((high, low))
            of_char[code.decode("gb2312")] = _blurred(firsts[bisect_right(starts, code) - 1][1:])
    of_char |= {each[0]: _blurred(each[1:]) for each in _RARER.split()}
    of_sound = {_blurred(each[1:]): each[0] for each in firsts} | {of_char[char]: char for char in _COMMON}
    table = {ord(char): of_sound.get(sound, char) for char, sound in of_char.items()}
    return table, {each[1:]: of_sound[_blurred(each[1:])] for each in firsts}


def _blurred(syllable: str) -> str:
    for clear, blurred in _BLURRED:
        syllable = syllable.replace(clear, blurred)
    return syllable
