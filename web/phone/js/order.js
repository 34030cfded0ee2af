// The order beside the phones: what it is, where it stands, what happened, where the money is, who was asked.

import { DispatchSheet } from "./dispatch.js";
import { fill, h, say, whenChanged } from "./dom.js";
import { Money } from "./money.js";
import { avatar } from "./people.js";
import { ACTORS, EVENTS, ORDER, STATES, TRACK } from "./texts.js";
import { Workflow } from "./workflow.js";
import { day, exact, hourMinute, left, moment, yuan } from "./words.js";

export class OrderSide {
  /** `personOf(account_id)` knows the demo people. */
  constructor(root, personOf) {
    this.root = root;
    this.personOf = personOf;
    this.workflow = new Workflow();
    this.money = new Money();
    this.sheet = new DispatchSheet(personOf);
    this.hero = h("section", { class: "card hero", "aria-label": ORDER.number });
    this.timelineList = h("ol", { class: "timeline" });
    this.timeline = h("section", { class: "card timeline-card", "aria-label": ORDER.timeline }, h("header", { class: "card-head" }, h("h2", {}, ORDER.timeline)), this.timelineList);
    this.page = h("div", { class: "order-page", hidden: true }, this.hero, this.workflow.element, h("div", { class: "order-columns" }, this.timeline, h("div", { class: "order-stack" }, this.money.element, this.sheet.element)));
    this.empty = h(
      "div",
      { class: "order-empty" },
      h("div", { class: "order-empty-art", "aria-hidden": "true" }, ...TRACK.map(() => h("i"))),
      h("strong", {}, ORDER.empty),
      h("p", {}, ORDER.emptyLine),
      (this.latest = h("button", { type: "button", class: "linkish-2", hidden: true }, ORDER.latest)),
    );
    fill(root, this.empty, this.page);
    this.drawHero = whenChanged((facts) => this.#hero(facts));
    this.drawTimeline = whenChanged((events) => this.#timeline(events));
    this.id = null;
    setInterval(() => this.#tick(), 500);
  }

  /** Offers to show the order placed last. */
  offerLatest(show) {
    this.latest.hidden = false;
    this.latest.onclick = show;
  }

  /** Shows an order, or the invitation when there is none. */
  show(order) {
    this.empty.hidden = Boolean(order);
    this.page.hidden = !order;
    this.order = order;
    if (!order) return;
    this.page.dataset.state = order.state;
    if (order.id !== this.id) {
      this.id = order.id;
      this.money.drawn.clear();
      this.seen = 0;
    }
    const { timeline, sheets, postings, workflow, reached, waits_until, ...facts } = order;
    this.drawHero(facts);
    this.drawTimeline(timeline);
    this.workflow.update(workflow);
    this.money.update(postings);
    this.sheet.update({ sheets, winner: order.accepted ? order.provider_id : null });
    this.#tick();
  }

  #person(id, name) {
    return this.personOf(id) ?? { id: id ?? "?", name: name ?? "?" };
  }

  #hero(order) {
    const customer = this.#person(order.customer_id, ORDER.customer);
    const provider = order.accepted ? this.#person(order.provider_id, order.provider_name) : null;
    const over = order.state === "CANCELLED";
    this.count = h("span", { class: "count" });
    fill(
      this.hero,
      h(
        "div",
        { class: "hero-line" },
        h("div", { class: "hero-number" }, h("small", {}, ORDER.number), h("b", { data: { number: order.number } }, order.number)),
        h("div", { class: "hero-what" }, h("strong", {}, order.service), h("span", {}, `${day(order.start)} ${hourMinute(order.start)} · ${ORDER.minutes(order.minutes)}`), h("span", {}, [order.area, order.notes].filter(Boolean).join(" · "))),
        h("div", { class: "hero-people" }, h("span", { title: customer.name }, avatar(customer), h("em", {}, customer.name)), h("i", { class: provider ? "road is-there" : "road", "aria-hidden": "true" }), h("span", { title: provider?.name ?? ORDER.nobody }, provider ? avatar(provider) : h("u", {}, "?"), h("em", {}, provider?.name ?? ORDER.nobody))),
        h("div", { class: "hero-right" }, h("b", { class: "hero-amount" }, yuan(order.total_fen)), h("span", { class: `pill state-${order.state}`, role: "status", data: { state: order.state } }, STATES[order.state] ?? order.state), this.count),
      ),
      order.trouble && h("p", { class: "trouble", role: "alert" }, `${ORDER.trouble}（${order.trouble}）`),
      this.#track(order, over),
    );
  }

  #track(order, over) {
    const at = TRACK.findIndex((step) => step.states.includes(order.state));
    const reached = over ? -1 : at;
    return h(
      "ol",
      { class: over ? "track is-over" : "track", vars: { "--reached": reached < 0 ? 0 : reached / (TRACK.length - 1) } },
      ...TRACK.map((step, index) =>
        h(
          "li",
          { class: index < reached || (index === reached && order.confirmed) ? "is-past" : index === reached ? "is-now" : "", "aria-current": index === reached ? "step" : null },
          h("i", { "aria-hidden": "true" }),
          h("span", {}, order.state === "EN_ROUTE" && index === reached ? STATES.EN_ROUTE : step.label),
        ),
      ),
      over && h("li", { class: "is-cancelled", "aria-current": "step" }, h("i", { "aria-hidden": "true" }), h("span", {}, STATES.CANCELLED)),
    );
  }

  #timeline(events) {
    const rows = events.map((event, index) =>
      h(
        "li",
        { class: `by-${event.by}${index >= (this.seen ?? 0) && this.seen ? " is-new" : ""}`, data: { event: event.name } },
        h("time", { datetime: event.at }, exact(event.at)),
        h("div", {}, h("b", {}, event.text || EVENTS[event.name] || event.name), h("small", {}, [ACTORS[event.by] ?? "", this.#detail(event)].filter(Boolean).join(" · "))),
      ),
    );
    this.seen = events.length;
    fill(this.timelineList, ...rows);
    this.timelineList.scrollTop = this.timelineList.scrollHeight;
  }

  #detail({ name, data = {} }) {
    if (name === "OffersSent") return `${ORDER.wave(data.wave)} · ${ORDER.asked(data.provider_ids?.length ?? 0)}`;
    if (name === "OrderAccepted") return this.personOf(data.provider_id)?.name ?? "";
    const fen = data.amount_fen ?? data.earned_fen ?? data.refund_fen;
    if (Number.isInteger(fen) && fen > 0) return yuan(fen);
    return data.until ? moment(data.until) : "";
  }

  #tick() {
    const order = this.order;
    if (!order) return;
    const remaining = order.waits_until ? left(order.waits_until) : null;
    const name = { PENDING_PAYMENT: ORDER.payLeft, PENDING_ACCEPTANCE: ORDER.waveLeft }[order.state];
    if (this.count) say(this.count, name && remaining ? `${name} ${remaining}` : "");
    this.workflow.countdown(remaining);
  }
}
