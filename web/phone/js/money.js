// Where the order's money is: every posting as a stream between accounts, and the proof that nothing is lost.

import { fill, h, s, whenChanged } from "./dom.js";
import { ACCOUNTS, ORDER } from "./texts.js";
import { yuan } from "./words.js";

/** Left to right, the way money goes. */
const COLUMNS = [["channel"], ["escrow"], ["earned", "commission", "refunding"], ["payable", "returned"], ["in_transfer"], ["paid_out"]];
const WIDTH = 320;
const HEIGHT = 136;
const THICK = 78;
const NODE = 9;
const GAP = 36;
const TOP = 32;

const kindOf = (account) => account.split(":")[0];

/** Money that comes back to the channel has left it for somebody: they stand on the right. */
function ends({ source, destination }) {
  const [from, to] = [kindOf(source), kindOf(destination)];
  if (to !== "channel") return [from, to];
  return [from, from === "in_transfer" ? "paid_out" : "returned"];
}

/** The sum over all accounts after all postings; zero, or something is very wrong. */
export function imbalance(postings) {
  const changes = new Map();
  for (const { source, destination, amount_fen: fen } of postings) {
    changes.set(source, (changes.get(source) ?? 0) - fen);
    changes.set(destination, (changes.get(destination) ?? 0) + fen);
  }
  return [...changes.values()].reduce((sum, change) => sum + change, 0);
}

export class Money {
  constructor() {
    this.badge = h("span", { class: "badge", hidden: true });
    this.body = h("div", { class: "money" });
    this.element = h("section", { class: "card money-card", "aria-label": ORDER.money }, h("header", { class: "card-head" }, h("h2", {}, ORDER.money), this.badge), this.body);
    this.drawn = new Set();
    this.update = whenChanged((postings) => this.#draw(postings));
  }

  #draw(postings) {
    this.badge.hidden = !postings.length;
    const off = imbalance(postings);
    this.badge.classList.toggle("is-wrong", off !== 0);
    this.badge.textContent = off === 0 ? ORDER.zero : `${ORDER.notZero} ${yuan(off)}`;
    if (!postings.length) {
      this.drawn.clear();
      fill(this.body, h("p", { class: "card-empty" }, ORDER.noMoney));
      return;
    }
    fill(this.body, this.#streams(postings), this.#lines(postings));
  }

  #streams(postings) {
    const flows = new Map();
    for (const posting of postings) {
      const [from, to] = ends(posting);
      // What went back (a refund that failed) lessens the stream that brought it.
      const back = `${to}>${from}`;
      if (flows.has(back)) flows.get(back).fen -= posting.amount_fen;
      else flows.set(`${from}>${to}`, { from, to, fen: (flows.get(`${from}>${to}`)?.fen ?? 0) + posting.amount_fen });
    }
    const streams = [...flows.values()].filter((flow) => flow.fen > 0);
    const nodes = placed(streams);
    const drawing = s("svg", { class: "streams", viewBox: `0 0 ${WIDTH} ${nodes.bottom + 6}`, role: "img", "aria-label": streams.map((flow) => `${ACCOUNTS[flow.from]?.label} ${ORDER.to} ${ACCOUNTS[flow.to]?.label} ${yuan(flow.fen)}`).join("，") });
    for (const flow of streams) {
      const key = `${flow.from}>${flow.to}`;
      const [from, to] = [nodes[flow.from], nodes[flow.to]];
      const thick = Math.max(flow.fen * nodes.scale, 2);
      const [y1, y2] = [from.y + from.out, to.y + to.in];
      from.out += thick;
      to.in += thick;
      const [x1, x2] = [from.x + NODE, to.x];
      const half = (x1 + x2) / 2;
      const path = s("path", {
        class: `stream to-${flow.to}${this.drawn.has(key) ? "" : " is-new"}`,
        d: `M${x1} ${y1}C${half} ${y1} ${half} ${y2} ${x2} ${y2}V${y2 + thick}C${half} ${y2 + thick} ${half} ${y1 + thick} ${x1} ${y1 + thick}Z`,
      });
      this.drawn.add(key);
      drawing.append(path);
    }
    for (const [kind, at] of Object.entries(nodes)) {
      const anchor = at.first ? "start" : at.last ? "end" : "middle";
      const x = at.first ? at.x : at.last ? at.x + NODE : at.x + NODE / 2;
      const held = at.got - at.gave;
      drawing.append(
        s("g", { class: `pool is-${kind}` }, s("title", {}, ACCOUNTS[kind]?.note ?? kind), s("rect", { x: at.x, y: at.y, width: NODE, height: at.height, rx: 3 }), s("text", { x, y: at.y - 18.500, "text-anchor": anchor }, ACCOUNTS[kind]?.label ?? kind), s("text", { class: "fen", x, y: at.y - 6, "text-anchor": anchor }, yuan(at.first ? at.gave : held))),
      );
    }
    return drawing;
  }

  #lines(postings) {
    return h(
      "ol",
      { class: "postings" },
      ...postings.map((posting) => {
        const [from, to] = ends(posting);
        return h("li", {}, h("span", {}, ACCOUNTS[from]?.label ?? from), h("i", { "aria-label": ORDER.to }, "→"), h("span", {}, ACCOUNTS[to]?.label ?? to), h("b", {}, yuan(posting.amount_fen)));
      }),
    );
  }
}

function placed(streams) {
  const kinds = new Set(streams.flatMap((flow) => [flow.from, flow.to]));
  const known = new Set(COLUMNS.flat());
  const columns = [...COLUMNS, [...kinds].filter((kind) => !known.has(kind))].map((names) => names.filter((name) => kinds.has(name))).filter((names) => names.length);
  const total = (name, side) => streams.filter((flow) => flow[side] === name).reduce((sum, flow) => sum + flow.fen, 0);
  const size = (name) => Math.max(total(name, "from"), total(name, "to"));
  const widest = Math.max(...columns.map((names) => names.reduce((sum, name) => sum + size(name), 0)));
  const scale = Math.min(THICK / widest, ...columns.map((names) => (HEIGHT - GAP * (names.length - 1)) / names.reduce((sum, name) => sum + size(name), 0)));
  const nodes = {};
  columns.forEach((names, index) => {
    let y = TOP;
    for (const name of names) {
      const height = Math.max(size(name) * scale, 3);
      nodes[name] = {
        x: columns.length === 1 ? 0 : (index * (WIDTH - NODE)) / (columns.length - 1),
        y,
        height,
        in: 0,
        out: 0,
        got: total(name, "to"),
        gave: total(name, "from"),
        first: index === 0,
        last: index === columns.length - 1,
      };
      y += height + GAP;
    }
  });
  const bottom = Math.max(...Object.values(nodes).map((node) => node.y + node.height));
  Object.defineProperties(nodes, { scale: { value: scale }, bottom: { value: bottom } });
  return nodes;
}
