// The order's workflow as a picture: a hub that asks what the order waits for, a spoke for every answer, and below it
// the search for a provider. The present step glows.

import { fill, h, s, say, whenChanged } from "./dom.js";
import { ORDER } from "./texts.js";

const W = 52;
const H = 28;
const column = (index) => 80 + index * 61.4;

const node = (x, y, label, more = {}) => ({ x, y, w: W, h: H, label, ...more });

/** Every state of `order_lifecycle`: where it stands and what people call it. */
export const LIFECYCLE = {
  ReadOrder: node(6, 9, "读订单", { w: 57 }),
  RouteByWait: node(76, 9, "订单现在在等什么？", { w: 555 }),
  Closed: node(637, 9, "结束", { w: 57, end: true }),
  AwaitPayment: node(column(0), 56, "等付款", { wait: true }),
  LapseUnpaid: node(column(0), 110, "超时取消"),
  FindProvider: node(column(1), 56, "找师傅", { wait: true }),
  RouteSearch: node(column(1), 110, "找到了吗"),
  AwaitReminderTime: node(column(2), 56, "等提醒", { wait: true }),
  SendReminder: node(column(2), 110, "提醒双方"),
  AwaitArrival: node(column(3), 56, "等上门", { wait: true }),
  RaiseOverdue: node(column(3), 110, "上报迟到"),
  AwaitLateArrival: node(column(4), 56, "等迟到者", { wait: true }),
  AwaitFinish: node(column(5), 56, "等做完", { wait: true }),
  AwaitConfirmation: node(column(6), 56, "等确认", { wait: true }),
  AutoConfirm: node(column(6), 110, "自动确认"),
  AwaitSettlementDelay: node(column(7), 56, "等结算期", { wait: true }),
  ReleaseIncome: node(column(7), 110, "放款"),
  RequestRefund: node(column(8), 56, "申请退款"),
  RouteRefund: node(column(8) + 17, 90, "", { w: 18, h: 12 }),
  AwaitRefund: node(column(8), 110, "等退款", { wait: true }),
  RaiseUnknownWait: node(637, 47, "不认识", { w: 57, trouble: true, h: 18 }),
  RaiseToOperator: node(637, 73, "报给人工", { w: 57, trouble: true, h: 20 }),
  NeedsOperator: node(637, 101, "等人工", { w: 57, trouble: true, end: true, h: 20 }),
  Superseded: node(637, 127, "已被接替", { w: 57, end: true, h: 18 }),
};

/** Every state of `dispatch`, drawn below. */
export const DISPATCH = {
  OfferNextWave: node(52, 178, "发下一波"),
  RouteOutcome: node(123, 178, "有人选吗"),
  AwaitGrab: node(194, 178, "等抢单", { wait: true }),
  RouteAnswer: node(265, 178, "接了吗"),
  Over: node(336, 178, "结束", { end: true }),
  RaiseToAdministrator: node(407, 178, "请平台"),
  AwaitAdministrator: node(478, 178, "等平台", { wait: true }),
  CancelForLackOfProvider: node(549, 178, "退款致歉"),
  RaiseToOperator: node(632, 160, "报给人工", { w: 55, h: 18, trouble: true }),
  NeedsOperator: node(632, 183, "等人工", { w: 55, h: 18, trouble: true, end: true }),
  Superseded: node(632, 206, "已被接替", { w: 55, h: 18, end: true }),
};

const HUB_BOTTOM = 37;
const centre = (at) => at.x + at.w / 2;

function lifecycleEdges() {
  const edges = [
    { from: "ReadOrder", to: "RouteByWait", d: "M64 23H74" },
    { from: "RouteByWait", to: "Closed", d: "M631 23H635" },
    { from: "RaiseToOperator", to: "NeedsOperator", d: "M666 93V100", trouble: true },
    { from: "RaiseUnknownWait", to: "RaiseToOperator", d: "M666 65V72", trouble: true },
  ];
  const aside = (name, to = `V${HUB_BOTTOM + 1}`) => `M${LIFECYCLE[name].x + W} ${LIFECYCLE[name].y + H / 2}h1.700q3 0 3-3${to}`;
  const spoke = (name, under, { answered = true } = {}) => {
    const at = LIFECYCLE[name];
    const x = centre(at);
    edges.push({ from: "RouteByWait", to: name, d: `M${x - 7} ${HUB_BOTTOM}V${at.y - 1}` });
    if (answered) edges.push({ from: name, to: "RouteByWait", d: `M${x + 9} ${at.y}V${HUB_BOTTOM + 1}`, answer: true });
    if (!under) return;
    edges.push({ from: name, to: under, d: `M${x - 7} ${at.y + H}V${LIFECYCLE[under].y - 1}`, timeout: answered });
    if (answered) edges.push({ from: under, to: "RouteByWait", d: aside(under), answer: true });
  };
  spoke("AwaitPayment", "LapseUnpaid");
  spoke("FindProvider", "RouteSearch", { answered: false });
  edges.push({ from: "RouteSearch", to: "ReadOrder", d: aside("RouteSearch", "V49q0-3-3-3H38q-3 0-3-3V38"), answer: true });
  spoke("AwaitReminderTime", "SendReminder");
  spoke("AwaitArrival", "RaiseOverdue");
  spoke("AwaitLateArrival");
  spoke("AwaitFinish");
  spoke("AwaitConfirmation", "AutoConfirm");
  spoke("AwaitSettlementDelay", "ReleaseIncome");
  const refund = centre(LIFECYCLE.RequestRefund);
  edges.push(
    { from: "RouteByWait", to: "RequestRefund", d: `M${refund} ${HUB_BOTTOM}V55` },
    { from: "RequestRefund", to: "RouteRefund", d: `M${refund} 84V89` },
    { from: "AwaitRefund", to: "RouteByWait", d: aside("AwaitRefund"), answer: true },
    { from: "RouteRefund", to: "AwaitRefund", d: `M${refund} 102V109` },
  );
  return edges;
}

function dispatchEdges() {
  const y = 192;
  const arrow = (from, to, more = {}) => ({ from, to, d: `M${DISPATCH[from].x + W} ${y}H${DISPATCH[to].x - 1}`, ...more });
  const over = (from, to, rise) => {
    const [a, b] = [centre(DISPATCH[from]), centre(DISPATCH[to])];
    return { from, to, d: `M${a} 178C${a} ${rise} ${b} ${rise} ${b} 176`, answer: true };
  };
  const under = (from, to, more) => {
    const [a, b] = [centre(DISPATCH[from]), centre(DISPATCH[to])];
    return { from, to, d: `M${a} 206C${a} 224 ${b} 224 ${b} 208`, ...more };
  };
  return [
    arrow("OfferNextWave", "RouteOutcome"),
    arrow("RouteOutcome", "AwaitGrab"),
    arrow("AwaitGrab", "RouteAnswer"),
    arrow("RouteAnswer", "Over"),
    under("AwaitGrab", "OfferNextWave", { timeout: true }),
    over("RouteAnswer", "OfferNextWave", 158),
    over("RouteOutcome", "RaiseToAdministrator", 154),
    over("RouteOutcome", "AwaitAdministrator", 150),
    under("RaiseToAdministrator", "RouteOutcome", { answer: true }),
    arrow("AwaitAdministrator", "CancelForLackOfProvider", { timeout: true }),
    under("CancelForLackOfProvider", "Over", { answer: true }),
    { from: "RaiseToOperator", to: "NeedsOperator", d: "M659 178V182", trouble: true },
  ];
}

export class Workflow {
  constructor() {
    this.caption = h("p", { class: "flow-now", role: "status" });
    this.left = h("span", { class: "flow-left" });
    this.drawing = s(
      "svg",
      { class: "flow", viewBox: "0 0 700 232", role: "img", "aria-label": ORDER.workflow },
      s("defs", {}, s("marker", { id: "arrow", viewBox: "0 0 6 6", refX: 5, refY: 3, markerWidth: 6, markerHeight: 6, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" }, s("path", { d: "M0 .5 5.500 3 0 5.500Z", class: "flow-arrow" }))),
    );
    this.inset = s("g", { class: "flow-inset" }, s("rect", { class: "flow-frame", x: 6, y: 152, width: 688, height: 78, rx: 12 }), s("text", { class: "flow-title", x: 15, y: 196 }, "派单"));
    this.parts = { lifecycle: this.#draw(this.drawing, LIFECYCLE, lifecycleEdges()) };
    this.drawing.append(s("path", { class: "flow-edge is-inset", d: `M${column(1) + W / 2} ${110 + H}V152` }), this.inset);
    this.parts.dispatch = this.#draw(this.inset, DISPATCH, dispatchEdges());
    this.scroller = h("div", { class: "flow-scroll", tabindex: 0, role: "group", "aria-label": ORDER.workflow }, this.drawing);
    this.element = h("section", { class: "card flow-card", "aria-label": ORDER.workflow }, h("header", { class: "card-head" }, h("h2", {}, ORDER.workflow), this.caption, this.left), this.scroller);
    this.present = () => {};
    new ResizeObserver(() => this.present()).observe(this.scroller);
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
    this.present = () => this.#bringIntoView(searching ? this.parts.dispatch.boxes[state] : this.parts.lifecycle.boxes[state]);
    this.present();
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
