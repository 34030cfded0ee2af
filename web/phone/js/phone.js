// One phone: who holds it, the chat on its screen, the sheets that slide over it.

import { fill, h, say, toast } from "./dom.js";
import { Composer } from "./composer.js";
import { Feed } from "./feed.js";
import { icon, signals } from "./icons.js";
import { get, keepLooking, post } from "./net.js";
import { avatar } from "./people.js";
import { Sheets } from "./sheets.js";
import { FAMILIES, ROLES, SAY, TROUBLES } from "./texts.js";
import { hourMinute, platformLink } from "./words.js";

const WAIT_SECONDS = 20;

export class Phone {
  /** `onMessages(phone, fresh)` hears of everything that appears in the chat. */
  constructor(root, role, { onMessages, onPerson, onTrouble }) {
    this.role = role;
    this.root = root;
    this.onMessages = onMessages;
    this.onPerson = onPerson;
    this.onTrouble = onTrouble;
    this.person = null;
    this.everybody = [];
    this.stopLooking = () => {};
    this.#build();
  }

  #build() {
    this.face = h("span", { class: "seat-face" });
    this.select = h("select", { "aria-label": `${SAY.choose}${ROLES[this.role]}`, onchange: () => this.hold(this.everybody.find((each) => each.openid === this.select.value)) });
    this.hops = h("div", { class: "hops", role: "group", "aria-label": SAY.hops, hidden: true });
    const head = h(
      "header",
      { class: "seat-head" },
      this.face,
      h("div", { class: "seat-who" }, h("span", { class: "seat-role" }, ROLES[this.role]), h("span", { class: "seat-pick" }, this.select)),
      this.hops,
    );
    this.clock = h("span", {}, hourMinute(new Date()));
    this.title = h("span", { class: "wx-title" }, SAY.title);
    this.feed = new Feed({
      role: this.role,
      answer: (words, fill_) => (fill_ ? this.composer.fill(words) : this.say(words)),
      open: (href, label) => this.open(href, label),
      grab: (card, button) => this.grab(card, button),
      follow: () => this.follow(),
    });
    this.composer = new Composer(this.role, {
      say: (words) => this.say(words),
      click: (item) => this.click(item),
      place: () => this.sheets.place((place) => this.sendPlace(place)),
      picture: () => this.sheets.pictures((picture) => this.sendPicture(picture)),
      receive: () => this.sheets.transfers(this.person),
    });
    this.screen = h(
      "div",
      { class: "screen" },
      h("div", { class: "statusbar", "aria-hidden": "true" }, this.clock, h("span", { class: "island" }), h("span", { class: "signals" }, ...signals())),
      h("div", { class: "wx-bar" }, icon("back"), this.title, icon("dots")),
      this.feed.element,
      this.composer.element,
      h("div", { class: "home-bar", "aria-hidden": "true" }),
    );
    this.sheets = new Sheets(this.screen);
    fill(this.root, head, h("div", { class: "device" }, this.screen));
    setInterval(() => say(this.clock, hourMinute(new Date())), 5000);
  }

  /** Who may hold this phone. */
  setPeople(everybody, chosen) {
    this.everybody = everybody;
    const groups = new Map();
    for (const person of everybody) {
      const name = person.family ? FAMILIES[person.family] ?? person.family : "";
      groups.set(name, [...(groups.get(name) ?? []), h("option", { value: person.openid }, person.name)]);
    }
    fill(this.select, ...[...groups].flatMap(([name, options]) => (name ? [h("optgroup", { label: name }, ...options)] : options)));
    this.hold(everybody.find((person) => person.openid === chosen) ?? everybody[0]);
  }

  /** Puts the phone into somebody's hand. */
  hold(person) {
    if (!person || person.openid === this.person?.openid) return;
    this.stopLooking();
    this.person = person;
    this.select.value = person.openid;
    fill(this.face, avatar(person));
    this.sheets.closeAll();
    this.feed.restart(person);
    this.#markHop();
    this.onPerson(this);
    let since = 0;
    let first = true;
    this.stopLooking = keepLooking(
      async (signal) => {
        const { items } = await get(`${this.#path("messages")}?since=${since}&wait=${first ? 0 : WAIT_SECONDS}`, signal);
        if (signal.aborted) return;
        if (items.length) since = items.at(-1).seq;
        this.feed.add(items, first);
        if (items.some((item) => item.direction === "in")) this.#typing(false);
        if (items.length || first) this.onMessages(this, items, first);
        first = false;
      },
      (error) => this.onTrouble(error),
    );
  }

  #path(what) {
    return `/sim/wechat/_phones/${encodeURIComponent(this.person.openid)}/${what}`;
  }

  #typing(on) {
    clearTimeout(this.typingTimer);
    say(this.title, on ? SAY.typing : SAY.title);
    this.feed.typing(on);
    if (on) this.typingTimer = setTimeout(() => this.#typing(false), 15_000);
  }

  async #send(what, body, expectAnswer = true) {
    if (expectAnswer) this.#typing(true);
    try {
      const answer = await post(this.#path(what), body);
      // The answer itself comes with the chat; if there is none, nobody goes on writing.
      setTimeout(() => this.#typing(false), 700);
      return answer;
    } catch (error) {
      this.#typing(false);
      toast(error.message || TROUBLES[error.code] || SAY.notSent);
      throw error;
    }
  }

  /** Types a message and sends it. */
  async say(words) {
    const text = words.trim();
    if (!text) return;
    const bubble = this.feed.pending(text);
    try {
      await this.#send("text", { content: text });
    } catch {
      this.feed.failed(bubble);
    }
  }

  follow() {
    return this.#send("follow", {}).catch(() => {});
  }

  click(item) {
    return this.#send("click", { key: item.key }).catch(() => {});
  }

  sendPlace({ lat, lng, label }) {
    return this.#send("location", { lat, lng, label }).catch(() => {});
  }

  sendPicture(label) {
    return this.#send("image", { label }).catch(() => {});
  }

  /** Follows a link of a message. */
  open(href, label) {
    const link = platformLink(href);
    if (link) this.sheets.browser(link, this.person);
    else this.sheets.elsewhere(href, label);
  }

  /** The 抢单 button of a card. */
  async grab(card, button) {
    const link = platformLink(card.url ?? "");
    if (!link || link.kind !== "grab") return this.open(card.url ?? "", card.title);
    button.disabled = true;
    say(button, SAY.grabbing);
    try {
      await post(`/page/grab/${link.token}`);
      say(button, SAY.grabbed);
    } catch (error) {
      const over = error.status >= 400 && error.status < 500;
      say(button, over ? SAY.lost : SAY.grab);
      button.disabled = over;
      toast(error.message || TROUBLES[error.code] || SAY.notSent);
    }
    return undefined;
  }

  /** Marks whom an offer reached, so that one can hop to them. */
  setHops(people, winner) {
    const signature = JSON.stringify([people.map((person) => person.openid), winner?.openid]);
    if (signature === this.hopSignature) return;
    this.hopSignature = signature;
    this.hops.hidden = !people.length;
    fill(
      this.hops,
      people.length > 0 && h("span", { class: "hops-label", "aria-hidden": "true" }, winner ? SAY.winner : SAY.hops),
      ...people.slice(0, 5).map((person) =>
        h(
          "button",
          { type: "button", class: person.openid === winner?.openid ? "hop is-winner" : "hop", title: person.name, "aria-label": person.name, data: { openid: person.openid }, onclick: () => this.hold(person) },
          avatar(person),
        ),
      ),
    );
    this.#markHop();
  }

  #markHop() {
    for (const hop of this.hops.querySelectorAll(".hop")) hop.setAttribute("aria-current", String(hop.dataset.openid === this.person?.openid));
  }
}
