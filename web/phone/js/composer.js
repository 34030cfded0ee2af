// The line to write in, the ＋ panel and the account's menu.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { MENUS, PLACEHOLDERS, ROLES, SAY } from "./texts.js";

export class Composer {
  constructor(role, actions) {
    this.actions = actions;
    this.input = h("textarea", {
      rows: 1,
      maxlength: 600,
      placeholder: PLACEHOLDERS[role],
      "aria-label": `${ROLES[role]}：${SAY.write}`,
      enterkeyhint: "send",
      oninput: () => this.#fit(),
      onkeydown: (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          this.#submit();
        }
        if (event.key === "Escape") this.#plus(false);
      },
      onfocus: () => this.#plus(false),
    });
    this.sendButton = h("button", { type: "button", class: "send", hidden: true, onclick: () => this.#submit() }, SAY.send);
    this.plusButton = h("button", { type: "button", class: "composer-icon", "aria-label": SAY.more, "aria-expanded": "false", onclick: () => this.#plus(this.panel.hidden) }, icon("plus", "is-plus"));
    this.menuButton = h("button", { type: "button", class: "composer-icon", "aria-label": SAY.menu, "aria-expanded": "true", onclick: () => this.#menu() }, icon("menu"));
    this.panel = h(
      "div",
      { class: "plus-panel", hidden: true },
      this.#tool("place", SAY.place, () => actions.place()),
      this.#tool("picture", SAY.picture, () => actions.picture()),
      role === "provider" && (this.receiveButton = this.#tool("receive", SAY.receive, () => actions.receive())),
    );
    this.menu = h("div", { class: "menu", role: "group", "aria-label": SAY.menu }, ...MENUS[role].map((item) => h("button", { type: "button", onclick: () => actions.click(item) }, item.label)));
    this.element = h("div", { class: "composer" }, h("div", { class: "composer-line" }, this.menuButton, this.input, this.plusButton, this.sendButton), this.menu, this.panel);
  }

  #tool(name, label, act) {
    return h(
      "button",
      {
        type: "button",
        data: { tool: name },
        onclick: () => {
          this.#plus(false);
          act();
        },
      },
      h("span", {}, icon(name)),
      label,
    );
  }

  #plus(open) {
    this.panel.hidden = !open;
    this.plusButton.setAttribute("aria-expanded", String(open));
    if (open) this.panel.querySelector("button").focus({ preventScroll: true });
  }

  #menu() {
    this.menu.hidden = !this.menu.hidden;
    this.menuButton.setAttribute("aria-expanded", String(!this.menu.hidden));
  }

  #fit() {
    this.sendButton.hidden = !this.input.value.trim();
    this.plusButton.hidden = !this.sendButton.hidden;
    this.input.style.height = "36px";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 108)}px`;
  }

  #submit() {
    const words = this.input.value;
    if (!words.trim()) return;
    this.input.value = "";
    this.#fit();
    this.actions.say(words);
  }

  /** Puts words into the line for the person to complete. */
  fill(words) {
    this.input.value = words;
    this.#fit();
    this.input.focus();
  }

  /** How many transfers wait for a hand to take them. */
  setWaiting(count) {
    if (count) this.receiveButton?.setAttribute("data-count", count);
    else this.receiveButton?.removeAttribute("data-count");
  }
}
