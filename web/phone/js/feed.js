// The messages of one chat, oldest first, each drawn once.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { miniature } from "./map.js";
import { accountAvatar, avatar } from "./people.js";
import { scene } from "./scenes.js";
import { MENUS, SAY } from "./texts.js";
import { answers, choices, moment, nodes } from "./words.js";

const STAMP_AFTER_MS = 4 * 60 * 1000;
const NEAR_END_PX = 90;

export class Feed {
  constructor(options) {
    this.options = options;
    this.element = h("ol", { class: "feed", role: "log", "aria-live": "polite", "aria-label": SAY.chat, tabindex: 0 });
    // Whoever reads the newest goes on reading it when the window changes its size.
    this.atEnd = true;
    this.element.addEventListener("scroll", () => (this.atEnd = this.#nearEnd()), { passive: true });
    new ResizeObserver(() => this.atEnd && this.#toEnd(true)).observe(this.element);
  }

  /** An empty chat of this person. */
  restart(person) {
    this.person = person;
    this.lastAt = 0;
    this.waiting = [];
    this.chips = null;
    this.typingItem = null;
    this.known = new Set();
    fill(this.element);
  }

  /** Draws what came; `quietly` for what was there before. */
  add(items, quietly) {
    const stick = quietly || this.#nearEnd();
    if (quietly && !items.length) this.#welcome();
    for (const item of items) {
      if (this.known.has(item.seq)) continue;
      this.known.add(item.seq);
      this.element.querySelector(".empty")?.remove();
      this.#draw(item, quietly);
    }
    if (this.typingItem) this.element.append(this.typingItem);
    if (items.length && stick) this.#toEnd(quietly);
  }

  /** The person's own words before the network has taken them. */
  pending(text) {
    this.element.querySelector(".empty")?.remove();
    this.#dropChips();
    const bubble = this.#row(true, h("div", { class: "bubble" }, text));
    bubble.classList.add("is-pending", "is-new");
    this.waiting.push({ text, bubble });
    this.element.append(bubble);
    if (this.typingItem) this.element.append(this.typingItem);
    this.#toEnd();
    return bubble;
  }

  failed(bubble) {
    bubble.classList.add("is-failed");
    this.waiting = this.waiting.filter((each) => each.bubble !== bubble);
  }

  /** The account is composing an answer. */
  typing(on) {
    this.typingItem?.remove();
    this.typingItem = null;
    if (!on) return;
    this.typingItem = this.#row(false, h("div", { class: "bubble typing" }, h("i"), h("i"), h("i")));
    this.typingItem.setAttribute("aria-hidden", "true");
    this.element.append(this.typingItem);
    if (this.#nearEnd()) this.#toEnd();
  }

  #nearEnd() {
    return this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < NEAR_END_PX + this.element.clientHeight * 0.25;
  }

  #toEnd(at_once = false) {
    requestAnimationFrame(() => this.element.scrollTo({ top: this.element.scrollHeight, behavior: at_once ? "instant" : "smooth" }));
  }

  #welcome() {
    fill(
      this.element,
      h(
        "li",
        { class: "empty" },
        h("img", { src: "icon.svg", alt: "" }),
        h("strong", {}, SAY.title),
        h("span", {}, this.options.role === "provider" ? SAY.helloProvider : SAY.hello),
        h("button", { type: "button", onclick: () => this.options.follow() }, SAY.follow),
      ),
    );
  }

  #dropChips() {
    this.chips?.remove();
    this.chips = null;
  }

  #draw(item, quietly) {
    const own = item.direction === "out";
    const row = this.#content(item, own);
    if (!row) return;
    if (own) {
      const waited = this.waiting.findIndex((each) => item.kind === "text" && each.text === item.content);
      if (waited >= 0) {
        const [{ bubble }] = this.waiting.splice(waited, 1);
        bubble.classList.remove("is-pending", "is-failed");
        this.lastAt = new Date(item.at).getTime();
        return;
      }
    }
    const at = new Date(item.at).getTime();
    if (at - this.lastAt > STAMP_AFTER_MS) this.element.append(h("li", { class: "stamp" }, h("time", { datetime: item.at }, moment(item.at))));
    this.lastAt = at;
    if (!quietly) row.classList.add("is-new");
    row.dataset.seq = item.seq;
    row.dataset.via = item.via;
    // What the person said while this was under way stays below it.
    const below = own ? null : this.waiting[0]?.bubble;
    this.element.insertBefore(row, below ?? this.typingItem);
    // A card that comes in between leaves the question open.
    if (item.kind === "template") return this.#settle(item.card);
    this.#dropChips();
    if (!own) this.#offerAnswers(item, row);
  }

  /** A later card says what became of an offer: its button need not be tried any more. */
  #settle(card) {
    const number = card.fields?.find((field) => /编号/.test(field.label))?.value;
    const taken = card.fields?.some((field) => field.value === SAY.takenPhrase);
    if (!number || !taken) return;
    for (const button of this.element.querySelectorAll(".grab:enabled")) {
      if (button.dataset.number !== number) continue;
      button.disabled = true;
      button.textContent = SAY.lost;
    }
  }

  #offerAnswers(item, row) {
    const numbers = choices(item.content ?? "");
    const words = answers(item.content ?? "");
    if (!numbers.length && !words.length) return;
    this.chips = h(
      "div",
      { class: "choices", role: "group", "aria-label": SAY.choose },
      ...numbers.map(({ number, label }) =>
        h("button", { type: "button", class: "choice", data: { say: number }, onclick: () => this.options.answer(String(number), false) }, h("b", {}, number), h("span", {}, label.split(/[｜　（]/)[0])),
      ),
      ...words.map(({ words: say, label, fill: complete }) =>
        h("button", { type: "button", class: "choice is-word", data: { say: say.trim() }, onclick: () => this.options.answer(say, complete) }, complete ? `${label} …` : label),
      ),
    );
    row.querySelector(".msg-body").append(this.chips);
  }

  #row(own, ...body) {
    return h("li", { class: own ? "msg is-own" : "msg" }, own ? avatar(this.person) : accountAvatar(), h("div", { class: "msg-body" }, ...body));
  }

  #content(item, own) {
    switch (item.kind) {
      case "template":
        return this.#card(item);
      case "event":
        return this.#event(item, own);
      case "notice":
        return h("li", { class: "said" }, item.content);
      case "location":
        return this.#row(own, this.#place(item));
      case "image":
        return this.#row(own, h("div", { class: "bubble is-media picture-card" }, scene(item.label ?? item.content ?? item.media_id).svg()));
      case "voice":
        return this.#row(own, h("div", { class: "bubble" }, h("span", { class: "voice" }, icon("voice"), item.content || "")));
      default:
        return item.content ? this.#row(own, h("div", { class: "bubble" }, nodes(item.content, this.options.open))) : null;
    }
  }

  #event(item, own) {
    if (!own) return null;
    const key = item.key ?? item.content ?? "";
    const entry = Object.values(MENUS).flat().find((each) => key === each.key || key.endsWith(each.key));
    if (entry) return h("li", { class: "said" }, SAY.tapped(entry.label));
    return /subscribe/i.test(`${item.event ?? ""}${key}`) && !/unsub/i.test(`${item.event ?? ""}${key}`) ? h("li", { class: "said" }, SAY.followed) : null;
  }

  #place(item) {
    const { lat, lng, label } = item.location ?? item;
    const words = label ?? item.content ?? "";
    const [name, rest] = /^(.*?区)(.+)$/.exec(words)?.slice(1).reverse() ?? [words, ""];
    return h("div", { class: "bubble is-media place-card" }, h("strong", {}, name || SAY.placeWord), h("small", {}, rest), lat ? miniature(lng, lat) : null);
  }

  #card({ card, at }) {
    const offer = card.url ? /\/grab\//.test(card.url) : false;
    const fields = (card.fields ?? []).flatMap(({ name, label, value }) => [
      h("dt", {}, label),
      h("dd", { class: /amount|money/.test(name) || /^¥/.test(value) ? "is-money" : /number|string/.test(name) ? "is-number" : null }, value),
    ]);
    const number = card.fields?.find((field) => /编号/.test(field.label))?.value;
    const button = offer && h("button", { type: "button", class: "grab", data: { number }, onclick: () => this.options.grab(card, button) }, SAY.grab);
    return h(
      "li",
      {},
      h(
        "article",
        { class: offer ? "notice is-offer" : "notice", "aria-label": card.title },
        h("div", { class: "notice-head" }, h("img", { src: "icon.svg", alt: "" }), `${SAY.title} · ${SAY.serviceNotice}`, h("time", { datetime: at }, moment(at))),
        h("h3", {}, card.title),
        h("dl", {}, ...fields),
        card.url &&
          h("div", { class: "notice-foot" }, h("button", { type: "button", class: "more", onclick: () => this.options.open(card.url, card.title) }, SAY.details), button),
      ),
    );
  }
}
