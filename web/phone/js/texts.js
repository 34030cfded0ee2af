// Everything people read on this page. What the account says comes from the platform.

export const ROLES = { customer: "顾客", provider: "师傅" };
export const ACCOUNT = "到家";
export const FAMILIES = { cleaning: "家政保洁", repair: "家电维修", beauty: "美容美护", health: "健康养护" };

export const STATES = {
  PENDING_PAYMENT: "待支付",
  PENDING_ACCEPTANCE: "待接单",
  ACCEPTED: "已接单",
  EN_ROUTE: "已出发",
  IN_SERVICE: "服务中",
  COMPLETED: "已完成",
  CANCELLED: "已取消",
};

/** The state track; a provider on the way counts as accepted. */
export const TRACK = [
  { label: "待支付", states: ["PENDING_PAYMENT"] },
  { label: "待接单", states: ["PENDING_ACCEPTANCE"] },
  { label: "已接单", states: ["ACCEPTED", "EN_ROUTE"] },
  { label: "服务中", states: ["IN_SERVICE"] },
  { label: "已完成", states: ["COMPLETED"] },
];

export const EVENTS = {
  OrderPlaced: "顾客下单",
  OrderPaid: "付款到账",
  LatePaymentReceived: "取消后才付的款，自动退回",
  OrderLapsed: "超时未付款，自动取消",
  OffersSent: "向师傅派单",
  OfferDeclined: "师傅不接这一单",
  NamedProviderUnavailable: "点名的师傅接不了",
  OrderEscalated: "没人接单，请平台出面",
  OrderAccepted: "师傅接单",
  ProviderWithdrew: "师傅来不了，重新找人",
  ProviderDeparted: "师傅出发",
  ArrivalCodeRefused: "上门码输错",
  ArrivalCodeRenewed: "平台换了新的上门码",
  VisitStarted: "上门码对上，开始服务",
  VisitFinished: "服务做完",
  OrderConfirmed: "顾客确认，收入入账",
  IncomeReleased: "结算期满，可以打款",
  VisitReminded: "上门前提醒双方",
  VisitOverdue: "到点没开始，已上报",
  WorkflowStopped: "流程出错，等待人工",
  OrderCancelled: "订单取消",
  CancellationProposed: "顾客申请取消",
  CancellationDeclined: "师傅不同意取消",
  RefundSucceeded: "退款到账",
  RefundFailed: "退款失败，已上报",
};

export const ACTORS = { customer: "顾客", provider: "师傅", administrator: "平台", system: "系统" };

export const PARTS = {
  distance: "距离",
  rating: "评分",
  completion: "完成率",
  fairness: "公平",
  training: "培训",
  favourites: "收藏",
  membership: "会员",
};

export const EXCLUSIONS = {
  BUSY: "时间冲突",
  OFF_HOURS: "不在工作时间",
  TOO_FAR: "太远",
  RESTING: "休息中",
  NOT_VERIFIED: "未认证",
  NOT_SERVED: "不做这项",
  DAILY_CAP: "当天已满",
  BARRED: "已婉拒",
};

export const ACCOUNTS = {
  channel: { label: "微信支付", note: "顾客的钱从这里来" },
  escrow: { label: "订单托管", note: "还不是任何人的" },
  refunding: { label: "退款途中", note: "正在退给顾客" },
  returned: { label: "退回顾客", note: "经微信支付原路退回" },
  earned: { label: "师傅待结算", note: "结算期内" },
  payable: { label: "师傅可提现", note: "等下一次打款" },
  in_transfer: { label: "打款途中", note: "等师傅在微信里确认" },
  paid_out: { label: "师傅零钱", note: "已到微信零钱" },
  commission: { label: "平台佣金", note: "平台的收入" },
};

export const MENUS = {
  customer: [
    { label: "预约服务", key: "BOOK" },
    { label: "我的订单", key: "ORDERS" },
    { label: "帮助", key: "HELP" },
  ],
  provider: [
    { label: "抢单", key: "抢单" },
    { label: "我的单", key: "JOBS" },
    { label: "收入", key: "INCOME" },
  ],
};

export const PLACEHOLDERS = { customer: "说说想约什么…", provider: "抢 8321、出发、完成…" };

/** What to try before there is an order. */
export const FIRST_WORDS = [
  { role: "customer", say: "明天下午三点约个日常保洁，家里有猫" },
  { role: "customer", say: "空调不制冷了，周六上午能来修吗" },
  { role: "customer", say: "上门理发多少钱" },
];

export const GUIDE = {
  title: "试一试",
  next: "下一步",
  pay: "打开付款链接，用指纹付款",
  grab: "抢单",
  pick: "切到收到派单的师傅",
  offering: "正在给附近的师傅派单…",
  start: "开始",
  finish: "完成",
  depart: "出发",
  confirm: "确认",
  income: "收入",
  again: "再约一单",
};

export const SAY = {
  hops: "收到派单",
  winner: "接单",
  title: "到家",
  chat: "聊天",
  tapped: (label) => `点了菜单「${label}」`,
  typing: "对方正在输入…",
  follow: "关注公众号",
  followed: "已关注公众号",
  hello: "关注后，像聊天一样预约上门服务",
  helloProvider: "关注后，新订单会推送到这里",
  send: "发送",
  menu: "菜单",
  more: "更多",
  write: "写消息",
  place: "位置",
  picture: "图片",
  receive: "收款",
  back: "返回",
  close: "关闭",
  offline: "本地平台没有应答，正在重连…",
  online: "已重新连上",
  serviceNotice: "服务通知",
  details: "查看详情",
  grab: "抢单",
  grabbing: "正在抢…",
  grabbed: "已抢到",
  lost: "手慢了",
  takenPhrase: "已被抢走",
  notSent: "没有发出去，请再试一次",
  pictureWord: "[图片]",
  placeWord: "[位置]",
  choose: "选择",
  pay: "付款",
  copy: "复制链接",
  copied: "链接已复制",
  noTransfers: "没有等待确认的打款",
  confirmTransfer: "确认收款",
  transferred: "收款成功",
  navigation: "导航",
  leave: "这个链接会打开别的网站，本地演示不会离开这里。",
};

export const MAP = { streets: "街道", districts: "区", choose: "武汉地图，点一下选位置", river: "长江", first: "洪山区" };

export const PAY = {
  sheet: "付款",
  to: "付给到家",
  method: "付款方式",
  change: "零钱",
  next: "立即付款",
  finger: "请验证指纹",
  fingerHint: "点一下指纹完成付款",
  password: "使用密码",
  fingerprint: "使用指纹",
  passwordTitle: "请输入支付密码",
  passwordHint: "演示：任意六位数字",
  paying: "正在付款…",
  done: "支付成功",
  finish: "完成",
  cancelled: "已取消付款",
  failed: "付款没有成功",
};

export const ORDER = {
  empty: "订单会出现在这里",
  emptyLine: "在左边的手机里说一句话，订单从付款、派单、上门到结算，每一步都在这里实时显示。",
  latest: "看看最近一单",
  number: "订单",
  customer: "顾客",
  provider: "师傅",
  nobody: "寻找中",
  workflow: "流程",
  workflowNote: "Step Functions · order_lifecycle",
  now: "现在",
  timeline: "时间线",
  money: "资金",
  zero: "借贷合计 ¥0.00",
  notZero: "借贷不平",
  noMoney: "付款以后，每一分钱的去向都在这里。",
  sheet: "派单打分表",
  noSheet: "付款以后，附近的师傅会按距离、评分等打分排队。",
  wave: (wave) => `第 ${wave} 波`,
  asked: (count) => `${count} 位`,
  to: "到",
  won: "接单",
  offered: "已派单",
  more: (count) => `还有 ${count} 位`,
  less: "收起",
  payLeft: "付款剩余",
  waveLeft: "这一波剩余",
  trouble: "流程停下了，等待人工处理",
  minutes: (minutes) => (minutes % 60 ? `${Math.floor(minutes / 60) ? `${Math.floor(minutes / 60)} 小时 ` : ""}${minutes % 60} 分钟` : `${minutes / 60} 小时`),
};

/** What went wrong, by code, when the platform itself has no sentence for it. */
export const TROUBLES = {
  UNAVAILABLE: "本地平台没有应答，请稍后再试。",
  ALREADY_TAKEN: "手慢了，这一单已被其他师傅接走。",
  ORDER_NOT_FOUND: "没有找到这个订单。",
  LINK_EXPIRED: "链接已经过期。",
  LINK_INVALID: "链接无效。",
};
