// Puts the page together: two phones, the order between them, and what to do next.

import { say, toast } from "./dom.js";
import { Guide, nextSteps } from "./guide.js";
import { shaped } from "./model.js";
import { get, getIfChanged, keepLooking, pause } from "./net.js";
import { OrderSide } from "./order.js";
import { people } from "./people.js";
import { Phone } from "./phone.js";
import { SAY } from "./texts.js";
import { arrivalCode, orderNumber, platformLink } from "./words.js";

const WAIT_SECONDS = 20;
const MEMORY = "daojia.phone";

const memory = (() => {
  try {
    return JSON.parse(sessionStorage.getItem(MEMORY) ?? "{}");
  } catch {
    return {};
  }
})();

function remember(facts) {
  Object.assign(memory, facts);
  try {
    sessionStorage.setItem(MEMORY, JSON.stringify(memory));
  } catch {
    // A browser that keeps nothing shows the first people again: no harm.
  }
}

class Page {
  constructor() {
    this.everybody = new Map();
    this.order = null;
    this.code = null;
    this.payLink = null;
    this.troubled = false;
    const heard = {
      onMessages: (phone, items, first) => this.#heard(phone, items, first),
      onPerson: (phone) => this.#held(phone),
      onTrouble: (error) => this.#trouble(error),
    };
    this.phones = {
      customer: new Phone(document.getElementById("seat-customer"), "customer", heard),
      provider: new Phone(document.getElementById("seat-provider"), "provider", heard),
    };
    this.side = new OrderSide(document.getElementById("order"), (id) => this.everybody.get(id));
    this.guide = new Guide(document.getElementById("guide"), (step) => this.#act(step));
    this.guide.update(nextSteps(null, {}));
    this.#tabs();
  }

  async start() {
    let stack;
    while (!stack) {
      try {
        stack = await get("/api/stack");
      } catch (error) {
        this.#trouble(error);
        await pause(1500);
      }
    }
    this.#trouble(null);
    const demo = people(stack.demo);
    for (const person of [...demo.customer, ...demo.provider]) this.everybody.set(person.id, person);
    this.phones.customer.setPeople(demo.customer, memory.customer);
    this.phones.provider.setPeople(demo.provider, memory.provider);
    const { order_id: latest } = await get("/live/latest").catch(() => ({}));
    if (latest) this.side.offerLatest(() => this.#follow(latest));
  }

  // -- which order ---------------------------------------------------------------------------------------------------

  /** The order the chats speak of last is the one to show. */
  #heard(phone, items, first) {
    for (const item of items) {
      if (item.direction !== "in") continue;
      const words = item.kind === "template" ? (item.card?.fields ?? []).map((field) => (/编号/.test(field.label) ? `订单 ${field.value}` : "")).join(" ") : item.content ?? "";
      const number = orderNumber(words);
      if (phone.role === "customer") {
        const code = arrivalCode(words);
        if (code) this.code = { number: number ?? this.code?.number, code };
        for (const [, href] of words.matchAll(/href="([^"]*)"/g)) if (platformLink(href)?.kind === "pay") this.payLink = href;
      }
      // A provider hears of many orders; the customer's phone says which one is meant.
      if (number && (phone.role === "customer" || !this.key || !this.mine)) {
        this.mine ||= phone.role === "customer";
        this.#follow(number);
      }
    }
    if (!first && items.some((item) => item.direction === "in")) this.#fresh(phone.role, items.filter((item) => item.direction === "in").length);
    this.#advise();
  }

  #held(phone) {
    remember({ [phone.role]: phone.person.openid });
    if (phone.role === "customer") {
      this.mine = false;
      this.code = null;
      this.payLink = null;
      this.#follow(null);
    }
    this.#advise();
  }

  #follow(number) {
    if (number === this.key) return;
    this.key = number;
    this.stopFollowing?.();
    this.#show(null);
    if (!number) return;
    let etag = null;
    let id = null;
    this.stopFollowing = keepLooking(
      async (signal) => {
        // Once known, an order is asked for by its id: its number is given to another when it is over.
        const changed = await getIfChanged(`/live/orders/${id ?? number}?wait=${etag ? WAIT_SECONDS : 0}`, etag, signal).catch((error) => {
          if (error.status !== 404) throw error;
          return pause(1200, signal);
        });
        if (signal.aborted || !changed) return;
        etag = changed.etag;
        const order = shaped(changed.body);
        id = order.id;
        this.#show(order);
      },
      (error) => this.#trouble(error),
    );
  }

  #show(order) {
    const before = this.order?.state;
    this.order = order;
    this.side.show(order);
    if (order && before && before !== order.state) this.#fresh("order", 1);
    const provider = this.phones.provider;
    const open = order?.state === "PENDING_ACCEPTANCE";
    const reached = open ? order.reached : order?.accepted ? [order.provider_id] : [];
    provider.setHops(reached.map((id) => this.everybody.get(id)).filter(Boolean), open ? null : this.everybody.get(order?.provider_id));
    this.#advise();
  }

  // -- what next -----------------------------------------------------------------------------------------------------

  #advise() {
    const holder = this.phones.provider.person?.id;
    const steps = nextSteps(this.order, {
      arrivalCode: this.code?.code ?? null,
      providerHolds: Boolean(holder) && holder === this.order?.provider_id,
      offerHolds: Boolean(this.order?.reached.includes(holder)),
    });
    this.guide.update(steps);
  }

  #act(step) {
    this.#tab(step.role);
    const phone = this.phones[step.role];
    if (step.say) return phone.say(step.say);
    if (step.act === "pay") return this.payLink ? phone.open(this.payLink, "") : phone.say(SAY.pay);
    const id = this.order?.accepted ? this.order.provider_id : this.order?.reached.find((each) => this.everybody.has(each));
    return phone.hold(this.everybody.get(id));
  }

  // -- tabs, trouble -------------------------------------------------------------------------------------------------

  #tabs() {
    this.unseen = {};
    const buttons = [...document.querySelectorAll(".tabs button")];
    for (const button of buttons) {
      button.addEventListener("click", () => this.#tab(button.dataset.tab));
      button.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = buttons[(buttons.indexOf(button) + step + buttons.length) % buttons.length];
        this.#tab(next.dataset.tab);
        next.focus();
      });
    }
    this.#tab(memory.tab ?? "customer");
  }

  #tab(name) {
    document.body.dataset.tab = name;
    remember({ tab: name });
    this.unseen[name] = 0;
    for (const button of document.querySelectorAll(".tabs button")) {
      const chosen = button.dataset.tab === name;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      if (chosen) delete button.dataset.fresh;
    }
  }

  #fresh(name, count) {
    if (document.body.dataset.tab === name) return;
    this.unseen[name] = (this.unseen[name] ?? 0) + count;
    document.getElementById(`tab-${name}`).dataset.fresh = this.unseen[name] > 9 ? "9+" : this.unseen[name];
  }

  #trouble(error) {
    if (error && !this.troubled) toast(SAY.offline);
    if (!error && this.troubled) toast(SAY.online);
    this.troubled = Boolean(error);
  }
}

const page = new Page();
page.start();
addEventListener("pageshow", () => say(document.querySelector(".brand-name"), SAY.title));
