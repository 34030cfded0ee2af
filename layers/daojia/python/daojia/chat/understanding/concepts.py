"""Words that mean alike, each class one letter; and how dialect and politeness are said plainly. Pure."""

from functools import cache
from typing import Final

from daojia.chat.understanding.sounds import sounded, spelled_out

_CLASSES: Final = {
    "Α": (
        "弄进水 滑倒 漏了 蹭掉 蹭坏 压坏 压裂 压碎 烫了 烫个 裂了一 掉了一 弄伤 划伤 摔碎 摔了 摔坏 打翻 扯断"
        " 弄断 掰断 撞掉 弄花 泡坏 烧了 打碎 打破 打坏 打烂 摔 刮花 刮了 刮坏 刮伤 碰坏 碰倒 碰掉 弄坏 弄丢 弄脏"
        " 弄湿 弄破 砸 撞坏 撞了 裂了 裂开 断了 断成 掉漆 掉色 掉了 掉下 划痕 划了 烫坏 烧坏 泡水 泡了 翘起 脱落"
        " 缩水 碎了 坏了 破了 扯下 扯坏 大洞 变形 发霉 起泡 爆了 损坏 搞坏 搞破 搞爆 摔跤 踩坏"
    ),
    "Β": (
        "怪我 阴阳怪气 说话不算数 手脚不干净 不守信用 推销 嫌 反映了 没人理 跟说的不一样 不一样 吵架 闪人 乱报价"
        " 慢吞吞 空着手 没礼 不吭声 不打招呼 拉得老长 乱扔 不讲理 冷漠 爱理不理 偷工减料 磨磨蹭蹭 耍赖 威胁"
        " 动手动脚 骗钱 应付 折腾 白跑 乱翻 不理 没经过我同意 干不了 没还 毛手毛脚 说一套 粗糙 瞎搞 拖拖拉拉 翻脸"
        " 一股霉味 没给 漏做 少做 没做完 没修好 骗子 顶嘴 推三阻四 敷衍 马虎 差劲 恶劣 垃圾 难看 难闻 难听 臭脸"
        " 甩脸 不耐烦 骂 吼 凶 推脱 推卸 糊弄 骗 坑 黑心 离谱 失望 恶心 气死 过分 无语 服了 不负责 不专业 不靠谱"
        " 嚣张 没素质 没礼貌 态度差 什么东西 瞎弄 乱来 乱收 宰 忽悠 避雷 翻车 糟糕 不像样 不像话 一塌糊涂 粗鲁"
        " 偷懒 磨洋工 赖账 不承认 装糊涂 偷吃 偷用 偷拿 没道歉 不道歉 冲得很 吹牛 狗啃 跟没 等于没 不合格 太差"
        " 不满意 投诉 举报 曝光 差评 赔 说法 异议 不符"
    ),
    "Γ": "迟到 超时 晚到 拖拖拉拉 爽约 鸽子 放鸽子 白等 没人来 人没来 没来人",
    "Δ": (
        "又黑屏 又坏 又漏 又不 又堵 又响 又停 刚修好 修好没 没两天 第二天就 还在漏 还漏 还是不 更疼 更差 反倒"
        " 白洗 白花 白修 跟原来 还是 反而 结果 压根 根本 竟然 居然 却 就走 走人 溜了 跑了 才来 才到 才做 还有"
        " 依然 仍有 仍然 没擦 没洗 没扫 没弄 全是 都是"
    ),
    "Ε": "肿 青了 过敏 红肿 出血 流血 起疹 受伤 烂脸 疼了 淤青",
    "Ζ": "不见了 丢了 少了 偷 没了 找不到",
    "Η": "钱 费用 价格 价钱 价位 收费 报价 价目 费 块 银子 单价 总价 定价 原价",
    "Θ": (
        "付款 支付 付钱 转账 扫码 微信 支付宝 花呗 信用卡 银行卡 现金 对公 付了 付完 收款码 二维码 尾款 定金 代付"
        " 结账 买单 给钱 交钱 缴费 云闪付 刷卡 数字人民币 白条 付不"
    ),
    "Ι": (
        "便宜 优惠 打折 折扣 券 活动 会员 团购 划算 实惠 免费 满减 红包 特价 套餐 包月 包年 办卡 次卡 半价 新人价 砍价"
    ),
    "Κ": (
        "收条 付款证明 付款截图 缴费证明 消费 花了多少 历史账 对账 收据 凭证 小票 明细 账单 清单 消费记录"
        " 付款记录 支付记录 交易记录 流水 条子 单据 回单 回执 凭据 底单"
    ),
    "Λ": "发票 专票 普票 抬头 税号 开票 电子票 票据 增值税",
    "Μ": (
        "你们的人 叫个人 真正的客服 管事的人 联系方式 联系我 转个人 后台 转接 接线 联系到你们 联系你们 联系到"
        " 人管 懂的人 有人管 售后 接通 沟通 谈谈 找人来 叫人来 换个人 人工 客服 真人 活人 经理 领导 负责人 主管"
        " 老板 专员 工作人员 管事 当家的 服务员 人类 接线员 真的人"
    ),
    "Ν": "机器人 机器 ai bot 自动回复 智能 程序 打字",
    "Ξ": "电话 热线 号码 回电 座机 打过去",
    "Ο": "订单 单子 那单 这单 的单 下单 单号 预约 申请",
    "Π": (
        "过来了 还有多远 位置 联系他 哪位师傅 定下来 批了 办到哪 回音 安排好人 预约成功 处理完 接手 车牌 归谁"
        " 谁负责 谁接 派单中 待接单 哪个来 谁上门 谁来 单号 几点来 走到 出发没 出发了 在哪了 到了没 接单没 接没接"
        " 好了没 成功没 有没有人接 有人接 进度 状态 到哪 接单 派单 派人 走到 确认了 成功 什么情况 定位 生效 接了"
        " 谁来 哪位 哪个师傅 哪个阿姨 动静 消息 反应 进展 称呼 到账 退款"
    ),
    "Ρ": (
        "去掉 没必要来 不用跑 别让 别派 不必来 不用了 撤销 撤掉 取消掉 不想约 改主意 另作安排 找别人 找到别人"
        " 自己弄好 自己修好 已经修好 别安排 取消 退单 退订 撤 作废 不要了 不做了 不约了 别来 不用来 不来了 别过来"
        " 不需要 不弄了 不搞了 不修了 不洗了 算了 删掉 退掉 退了 退钱 免了 不想做 不想要 用不着 重复下单 点错"
        " 手滑 误点 不用修 不用洗 不订了 不去了 不用过来 不用上门"
    ),
    "Σ": (
        "错开 另外约 另约 再约 改天 改期 改约 过一个钟头 变一下 动一下 换一 调一下 往后推 推一 推到 拖一 延一"
        " 提到 加一项 再加 再多 多来 改 换 挪 推迟 延后 提前 顺延 更改 变更 调整 调到 升级 增加 加一 多加 延长"
        " 缩短 往后 往前 提早 更换 延期 晚点 早点 减少 减掉 改成 换成 更正 加到 再加"
    ),
    "Τ": (
        "写反 写成 其实是 应该是 不是明天 不是上午 填反 弄反 少写 错了 填错 有误 说错 选错 写错 弄错 记错 报错了 发错"
    ),
    "Υ": (
        "催下 催催 催一 快来 别磨 加快点 等不起 来不及 立即 快点 快一点 赶紧 催 尽快 抓紧 赶快 快些 赶时间 着急"
        " 急死 急急 迅速 麻利 速度 加快 火速 来得及"
    ),
    "Φ": (
        "站门口 半天了 影子 没看到人 马上到 多久才 还要等 还有多久 还要多久 等得 等不及 怎么还不 怎么还没"
        " 还没出发 没动身 等了 在等 干等 等到 还没来 还没到 怎么还 迟迟 还不来 等半天 等你们 人呢 人影 等着 没见"
        " 多久到 等急"
    ),
    "Χ": (
        "焕然一新 凉快了 真细 喜欢这个 真好 很快 又快又好 值得 手脚麻利 很棒 好极了 推荐给 放心了 满意 专业 细致"
        " 仔细 周到 亮堂 太亮 真棒 好棒 赞 不错 好评 太强 厉害 耐心 认真 贴心 高兴 开心 清爽 下次还 完美 手艺好"
        " 舒服 麻利得 五星 优秀 给力 放心 用心 热情 礼貌"
    ),
    "Ψ": "谢 感谢 辛苦 感恩 多谢 费心 破费 比心 难为你 劳驾 劳慰 感激 鞠躬",
    "Ω": "附近 周边 周围 覆盖 范围 区域 离我 旁边 近的 最近的 片区 一带 坐标 公里 周遭 邻近",
    "Б": (
        "光谷 汉口 汉阳 武昌 洪山 江岸 江汉 硚口 青山 东西湖 江夏 黄陂 蔡甸 汉南 新洲 沌口 盘龙城 后湖 古田"
        " 金银湖 金银潭 徐东 街道口 中南路 南湖 白沙洲 四新 王家湾 钟家村 吴家山 纸坊 关山 鲁巷 藏龙岛 流芳"
        " 金融港 花山 杨园 积玉桥 徐家棚 堤角 百步亭 二七 竹叶山 常青 唐家墩 武广 江汉路 阳逻 邾城 前川 军山"
        " 黄金口 十里铺 七里庙 五里墩 红钢城 建二 仁和路 东湖 水果湖 岳家嘴 虎泉 卓刀泉 广埠屯 马房山 石牌岭"
        " 丁字桥 梅苑 司门口 大东门 小东门 首义 粮道街 昙华林 沙湖 楚河汉街 团结大道 和平大道 友谊大道 大学城"
        " 郊区 乡下 镇上 县城 村里 开发区 高新区 新城 城区 大学里 火车站 高铁站 机场"
    ),
    "Г": (
        "几点以后 要一天 一天够 几个钟 要做多 要弄多久 多久能 多长 什么时候 几点 哪天 多久 多长时间 几时 何时"
        " 最快 最早 最晚 多少时间 几个小时 几小时 啥时候 时长 要多久 哪个时间"
    ),
    "Д": (
        "有空 空档 档期 约得 排得 忙 营业 上班 放假 休息 空位 有位 约满 排满 闲 得空 约不上 能约 可约 下班 收工"
        " 打烊 开门 关门"
    ),
    "Ж": (
        "行情 抹零 估价 估个 怎么卖 什么价 啥价 准备多少 够吗 够不够 收不收 怎么算 贵一些 收多少 得花 多少 几块"
        " 几元 怎么收 怎么算 贵 多钱 几百 大概要 预算"
    ),
    "З": "猫 狗 宠物 电梯 门铃 密码 门禁 孩子 宝宝 睡觉 停车 鞋套 敲门 快递 钥匙 门锁 楼梯 保安 登记 车位",
    "И": (
        "体检 在场 碰水 开窗 有烟 断电 沾水 要在家 伤皮肤 留疤 有异味 多大年纪 一个人来吗 除螨仪 梯子 开机 月经"
        " 心脏病 消毒水 需要留人 带不带 用什么 会不会伤 伤不伤 安全吗 有毒 包括 包含 吸尘器 洗完 做完可以 工具"
        " 清洁剂 健康证 身份证 孕妇 怀孕 药水 味道 材质 牌子 环保 保险 正规 卸妆 抹布 拖把 自带 资质 刺激 副作用"
        " 哺乳 高血压 忌口 空腹 洗澡"
    ),
    "Л": (
        "大家好 喂 老板在 你好哇 你好啊 客服在 哈啰 嗨喽 早安 早上好 打扰一下 在的吗 在的 早呀 早啊 你好 您好"
        " 哈喽 在吗 早上好 晚上好 下午好 嗨 有人吗 在不在 在么"
    ),
    "Ц": (
        "想约 想请 想找 帮我约 帮我找 派个 叫个 请个 找个 来个 安排 需要 上门 过来 来修 来洗 来人 派人 预订 登记"
        " 帮我叫 约个 约一"
    ),
    "Ч": "吗 呢 嘛 么 没有 不",
    "Ш": (
        "再联系 打错字 没什么事 就这样 问问而已 发错 等我 好，我等 不着急 不急 我再 让我看看 哈哈 嗯 哦 知道了"
        " 晓得了 收到 ok 好的 稍等 等一下 商量 考虑 再说 随便 都行 呵呵 在忙 开会 开车 上班呢"
    ),
    "Щ": "天气 下雨 热 冷 吃饭 笑话 名字 几岁 多大 唱歌 电影 游戏 股票 新闻 彩票 比赛 无聊 聊天",
    "Э": (
        "提供啥 提供什么 能提供 服务点 做不做 主要做 修什么 干啥 做啥 做哪些 有没有家电 经营 有什么服务 哪些服务"
        " 服务项目 什么项目 啥项目 哪些项目 能做什么 做些什么 什么业务 还有别的 都能做 都做什么 都搞些 还做什么"
    ),
    "Ю": "退款 退给我 退回 退到 退费 退还",
    "Я": "收了 扣了 多收 多扣 加收 加价 加钱 扣钱 乱扣 照收 要我加 另外收",
}
"""A letter for what the words of a class have in common: harm, bad manners, money, a paper, people, haste …"""
CLASSES: Final = frozenset(_CLASSES)
_PLAINLY: Final = {
    "没有": "冇得 莫得 没得 有没得 冇有",
    "没": "冇",
    "你": "您",
    "别": "莫要 莫 甭",
    "怎么样": "么样 咋样",
    "什么时候": "么时候 几时 么早晚 啥时候 何时 啥时 好久能 好久可以",
    "什么": "么斯 么事 啥子 啥 么子",
    "怎么": "咋个 咋 啷个 哪么",
    "多少": "几多 好多钱",
    "多少时间": "几长时间 好长时间 几久",
    "付钱": "把钱 给钱 给现钱",
    "给我": "把我 跟我 把得我",
    "叫": "喊",
    "家里": "屋里 屋头 家头",
    "去": "克",
    "上午": "上昼 早高头",
    "下午": "下昼",
    "晚上": "夜里 夜晚 黑了",
    "一下": "哈子 一哈 哈儿 一哈子",
    "后天": "后日",
    "明天": "明日 明儿 明个",
    "今天": "今日 今儿 今个",
    "做": "搞 弄 整",
    "不用": "不消 不必 无需 无须 毋须 唔使",
    "可以": "中不中 要得 阔以 闊以",
    "很": "蛮 几好 挺 特别 非常 好生",
    "阿姨": "嫂子 嬢嬢 大妈 保姆 钟点工阿姨",
    "孩子": "伢 娃儿 细伢 小孩 娃娃",
    "": (
        "烦请 劳烦 麻烦您 麻烦你 麻烦 请问一下 请问 我想问一下 想问一下 就是 那个 然后 嗯 啊 呀 咧 撒 沙 咯 哎 诶"
        " 哦 呗 嘞 哈 不好意思 打扰了 非常抱歉 很抱歉 抱歉 亲"
    ),
}
"""How people say it elsewhere, in haste or politely."""


_SLIPPERY: Final = frozenset("的得地在再做作")
"""Characters that everybody writes for each other."""
_SPELLED: Final = (
    "时间 师傅 地址 干净 态度 打扫 保洁 空调 洗衣机 冰箱 玻璃 油烟机 热水器 电视 理发 推拿 按摩 修好 换个"
    " 改到 推迟 一天 可以 能不能 投诉"
    " 要不要 花瓶 工具 电梯 上门 接单 小票 明天 后天 周末 上午 晚上 一次 洗完 修完 怎么 多久 我的 在哪 有人"
    " 取消 退单 怎么付 谢谢 好的 知道"
)
"""Further words that are often written by ear."""


def classed(text: str) -> str:
    """The text with each word of a class as its letter, the longest word at each place."""
    words = _words()
    pieces: list[str] = []
    place, end = 0, len(text)
    while place < end:
        for word, letter in words.get(text[place : place + 2], ()):
            if text.startswith(word, place):
                pieces.append(letter)
                place += len(word)
                break
        else:
            single = words.get(text[place])
            pieces.append(single[0][1] if single else text[place])
            place += 1
    return "".join(pieces)


def plainly(text: str) -> str:
    """The text as one would write it down: no dialect, no filling words."""
    words = _plain_words()
    pieces: list[str] = []
    place, end = 0, len(text)
    while place < end:
        for word, plain in words.get(text[place], ()):
            if text.startswith(word, place):
                pieces.append(plain)
                place += len(word)
                break
        else:
            pieces.append(text[place])
            place += 1
    return "".join(pieces) or text


def respelled(text: str) -> str:
    """The text with pinyin in characters and words written by ear as they are spelled: 要收具 is 要收据."""
    text, _ = spelled_out(text)
    heard = sounded(text)
    words = _heard()
    pieces: list[str] = []
    place, end = 0, len(text)
    while place < end:
        for sound, word in words.get(heard[place : place + 2], ()):
            if heard.startswith(sound, place):
                said = text[place : place + len(word)]
                pieces.append(word if any(map(str.__eq__, said, word)) else said)
                place += len(word)
                break
        else:
            pieces.append(text[place])
            place += 1
    return "".join(pieces)


@cache
def _heard() -> dict[str, list[tuple[str, str]]]:
    """Words of two characters and more by how they begin to sound, longest first."""
    words = [word for words in (*_CLASSES.values(), *_PLAINLY, *_PLAINLY.values(), _SPELLED) for word in words.split()]
    found: dict[str, list[tuple[str, str]]] = {}
    for word in sorted(dict.fromkeys(words), key=lambda word: -len(word)):
        if len(word) > 1 and not word.isascii() and _SLIPPERY.isdisjoint(word):
            sound = sounded(word)
            found.setdefault(sound[:2], []).append((sound, word))
    return found


@cache
def _words() -> dict[str, list[tuple[str, str]]]:
    """The words of all classes by their first two characters (or the only one), longest first."""
    found: dict[str, list[tuple[str, str]]] = {}
    pairs = [(word, letter) for letter, words in _CLASSES.items() for word in words.split()]
    for word, letter in sorted(pairs, key=lambda pair: -len(pair[0])):
        found.setdefault(word[:2], []).append((word, letter))
    return found


@cache
def _plain_words() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    pairs = [(word, plain) for plain, words in _PLAINLY.items() for word in words.split()]
    for word, plain in sorted(pairs, key=lambda pair: -len(pair[0])):
        found.setdefault(word[0], []).append((word, plain))
    return found
