// The order's workflow as a picture: a hub that asks what the order waits for, a spoke for every answer, and below it
// the search for a provider. The present step glows.

import { fill, h, s, say, whenChanged } from "./dom.js";
import { ORDER } from "./texts.js";

const W = 58;
const H = 28;
const column = (index) => 76 + index * 61.4;

const node = (x, y, label, more = {}) => ({ x, y, w: W, h: H, label, ...more });

/** Every state of `order_lifecycle`: where it stands and what people call it. */
export const LIFECYCLE = {
  ReadOrder: node(6, 9, "读订单"),
  RouteByWait: node(76, 9, "订单现在在等什么？", { w: 549 }),
  Closed: node(637, 9, "结束", { end: true }),
  AwaitPayment: node(column(0), 66, "等付款", { wait: true }),
  LapseUnpaid: node(column(0), 130, "超时取消"),
  FindProvider: node(column(1), 66, "找师傅", { wait: true }),
  RouteSearch: node(column(1), 130, "找到了吗"),
  AwaitReminderTime: node(column(2), 66, "等提醒", { wait: true }),
  SendReminder: node(column(2), 130, "提醒双方"),
  AwaitArrival: node(column(3), 66, "等上门", { wait: true }),
  RaiseOverdue: node(column(3), 130, "上报迟到"),
  AwaitLateArrival: node(column(4), 66, "等迟到者", { wait: true }),
  AwaitFinish: node(column(5), 66, "等做完", { wait: true }),
  AwaitConfirmation: node(column(6), 66, "等确认", { wait: true }),
  AutoConfirm: node(column(6), 130, "自动确认"),
  AwaitSettlementDelay: node(column(7), 66, "等结算期", { wait: true }),
  ReleaseIncome: node(column(7), 130, "放款"),
  RequestRefund: node(column(8), 66, "申请退款"),
  RouteRefund: node(column(8) + 20, 105, "", { w: 18, h: 14, label: "" }),
  AwaitRefund: node(column(8), 130, "等退款", { wait: true }),
  RaiseUnknownWait: node(637, 53, "不认识", { trouble: true, h: 20 }),
  RaiseToOperator: node(637, 81, "报给人工", { trouble: true, h: 24 }),
  NeedsOperator: node(637, 113, "等人工", { trouble: true, end: true, h: 24 }),
  Superseded: node(637, 145, "已被接替", { end: true, h: 20 }),
};

/** Every state of `dispatch`, drawn below. */
export const DISPATCH = {
  OfferNextWave: node(72, 216, "发下一波"),
  RouteOutcome: node(148, 216, "有人选吗"),
  AwaitGrab: node(224, 216, "等抢单", { wait: true }),
  RouteAnswer: node(300, 216, "接了吗"),
  Over: node(376, 216, "结束", { end: true }),
  RaiseToAdministrator: node(452, 216, "请平台"),
  AwaitAdministrator: node(526, 216, "等平台", { wait: true }),
  CancelForLackOfProvider: node(600, 216, "退款致歉", { w: 56 }),
  RaiseToOperator: node(668, 206, "", { w: 18, h: 14, trouble: true }),
  NeedsOperator: node(668, 224, "", { w: 18, h: 14, trouble: true, end: true }),
  Superseded: node(668, 242, "", { w: 18, h: 10, end: true }),
};

const HUB_BOTTOM = 37;
const centre = (at) => at.x + at.w / 2;

function lifecycleEdges() {
  const edges = [
    { from: "ReadOrder", to: "RouteByWait", d: "M64 23H74" },
    { from: "RouteByWait", to: "Closed", d: "M625 23H635" },
    { from: "RaiseToOperator", to: "NeedsOperator", d: "M666 105V112", trouble: true },
    { from: "RaiseUnknownWait", to: "RaiseToOperator", d: "M666 73V80", trouble: true },
  ];
  const spoke = (name, under, { timeout = true } = {}) => {
    const at = LIFECYCLE[name];
    const x = centre(at);
    edges.push({ from: "RouteByWait", to: name, d: `M${x - 7} ${HUB_BOTTOM}V${at.y - 1}` });
    edges.push({ from: name, to: "RouteByWait", d: `M${x + 9} ${at.y}V${HUB_BOTTOM + 1}`, answer: true });
    if (!under) return;
    edges.push({ from: name, to: under, d: `M${x - 7} ${at.y + H}V${LIFECYCLE[under].y - 1}`, timeout });
    const right = at.x + W + 1.7;
    edges.push({ from: under, to: "RouteByWait", d: `M${x + 9} ${LIFECYCLE[under].y}V${at.y + H + 9}Q${x + 9} ${at.y + H + 5} ${right - 6} ${at.y + H + 5}T${right} ${at.y + H}V${HUB_BOTTOM + 1}`, answer: true });
  };
  spoke("AwaitPayment", "LapseUnpaid");
  spoke("FindProvider", "RouteSearch", { timeout: false });
  spoke("AwaitReminderTime", "SendReminder");
  spoke("AwaitArrival", "RaiseOverdue");
  spoke("AwaitLateArrival");
  spoke("AwaitFinish");
  spoke("AwaitConfirmation", "AutoConfirm");
  spoke("AwaitSettlementDelay", "ReleaseIncome");
  const refund = centre(LIFECYCLE.RequestRefund);
  edges.push(
    { from: "RouteByWait", to: "RequestRefund", d: `M${refund} ${HUB_BOTTOM}V65` },
    { from: "RequestRefund", to: "RouteRefund", d: `M${refund} 94V104` },
    { from: "RouteRefund", to: "AwaitRefund", d: `M${refund} 119V129` },
  );
  return edges;
}

function dispatchEdges() {
  const y = 230;
  return [
    { from: "OfferNextWave", to: "RouteOutcome", d: `M130 ${y}H146` },
    { from: "RouteOutcome", to: "AwaitGrab", d: `M206 ${y}H222` },
    { from: "AwaitGrab", to: "RouteAnswer", d: `M282 ${y}H298` },
    { from: "RouteAnswer", to: "Over", d: `M358 ${y}H374` },
    { from: "AwaitGrab", to: "OfferNextWave", d: "M253 244C250 260 105 260 101 246", timeout: true },
    { from: "RouteAnswer", to: "OfferNextWave", d: "M322 216C318 198 108 198 101 214", answer: true },
    { from: "RouteOutcome", to: "RaiseToAdministrator", d: "M184 216C190 196 470 196 481 214", answer: true },
    { from: "RaiseToAdministrator", to: "AwaitAdministrator", d: `M510 ${y}H524` },
    { from: "AwaitAdministrator", to: "CancelForLackOfProvider", d: `M584 ${y}H598`, timeout: true },
    { from: "CancelForLackOfProvider", to: "Over", d: "M626 244C620 261 410 261 405 246", answer: true },
  ];
}

export class Workflow {
  constructor() {
    this.caption = h("p", { class: "flow-now", role: "status" });
    this.left = h("span", { class: "flow-left" });
    this.drawing = s(
      "svg",
      { class: "flow", viewBox: "0 0 700 268", role: "img", "aria-label": ORDER.workflow },
      s("defs", {}, s("marker", { id: "arrow", viewBox: "0 0 6 6", refX: 5, refY: 3, markerWidth: 5, markerHeight: 5, orient: "auto-start-reverse" }, s("path", { d: "M0 .5 5.500 3 0 5.500Z", class: "flow-arrow" }))),
    );
    this.inset = s("g", { class: "flow-inset" }, s("rect", { class: "flow-frame", x: 6, y: 186, width: 688, height: 78, rx: 12 }), s("text", { class: "flow-title", x: 18, y: 234 }, "派单"));
    this.parts = { lifecycle: this.#draw(this.drawing, LIFECYCLE, lifecycleEdges()) };
    this.drawing.append(s("path", { class: "flow-edge is-answer", d: `M${column(1) - 1.500} 80H${column(1) - 3}V186` }), this.inset);
    this.parts.dispatch = this.#draw(this.inset, DISPATCH, dispatchEdges());
    this.scroller = h("div", { class: "flow-scroll", tabindex: 0, role: "group", "aria-label": ORDER.workflow }, this.drawing);
    this.element = h("section", { class: "card flow-card", "aria-label": ORDER.workflow }, h("header", { class: "card-head" }, h("h2", {}, ORDER.workflow), this.caption, this.left), this.scroller);
    this.update = whenChanged((workflow) => this.#light(workflow));
  }

  #draw(into, states, edges) {
    const lines = edges.map((edge) => {
      const kind = edge.timeout ? "is-timeout" : edge.trouble ? "is-trouble" : edge.answer ? "is-answer" : "";
      const line = s("path", { class: `flow-edge ${kind}`, d: edge.d, "marker-end": "url(#arrow)" });
      into.append(line);
      return { ...edge, line };
    });
    const boxes = {};
    for (const [name, at] of Object.entries(states)) {
      const kind = [at.wait && "is-wait", at.end && "is-end", at.trouble && "is-trouble"].filter(Boolean).join(" ");
      const box = s(
        "g",
        { class: `flow-node ${kind}`, data: { state: name } },
        s("title", {}, name),
        s("rect", { x: at.x, y: at.y, width: at.w, height: at.h, rx: Math.min(at.h / 2, 9) }),
        at.label && s("text", { x: centre(at), y: at.y + at.h / 2 + 3.9, "text-anchor": "middle" }, at.label),
      );
      into.append(box);
      boxes[name] = box;
    }
    return { lines, boxes, states };
  }

  #light(workflow) {
    const search = workflow?.dispatch ?? null;
    this.#mark(this.parts.lifecycle, workflow);
    this.#mark(this.parts.dispatch, search);
    const searching = workflow?.state === "FindProvider";
    this.inset.classList.toggle("is-asleep", !searching);
    const [part, state] = searching && search?.state ? [DISPATCH, search.state] : [LIFECYCLE, workflow?.state];
    const label = part[state]?.label || state;
    fill(this.caption, state && h("b", {}, label), state && h("code", {}, state));
    this.#bringIntoView(searching ? this.parts.dispatch.boxes[state] : this.parts.lifecycle.boxes[state]);
  }

  #mark({ lines, boxes }, seen) {
    const path = seen?.path ?? [];
    const past = new Set(path);
    const steps = new Set(path.slice(1).map((name, index) => `${path[index]}>${name}`));
    for (const [name, box] of Object.entries(boxes)) {
      const now = seen?.state === name;
      box.classList.toggle("is-past", past.has(name) && !now);
      box.classList.toggle("is-now", now && seen.status === "RUNNING");
      box.classList.toggle("is-last", now && seen.status !== "RUNNING");
    }
    for (const { from, to, line } of lines) line.classList.toggle("is-past", steps.has(`${from}>${to}`));
  }

  #bringIntoView(box) {
    if (!box || this.scroller.scrollWidth <= this.scroller.clientWidth) return;
    const scale = this.drawing.getBoundingClientRect().width / 700;
    const middle = (box.getBBox().x + box.getBBox().width / 2) * scale;
    this.scroller.scrollTo({ left: middle - this.scroller.clientWidth / 2, behavior: "smooth" });
  }

  /** What a clock counts down to, beside the present step. */
  countdown(text) {
    say(this.left, text ?? "");
  }
}
