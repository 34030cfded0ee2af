// WeChat's pay sheet: what is to be paid, a finger or a password, done.

import { fill, h, s, say, toast } from "./dom.js";
import { icon } from "./icons.js";
import { post } from "./net.js";
import { PAY, SAY } from "./texts.js";
import { yuan } from "./words.js";

const DIGITS = 6;

export class PaySheet {
  /** `params` are what a page hands to `getBrandWCPayRequest`. */
  constructor(sheets, person, params) {
    this.sheets = sheets;
    this.order = { ...params, openid: person.openid };
  }

  /** Shows the sheet; resolves to `ok`, `cancel` or `fail`. */
  async show() {
    let asked;
    try {
      asked = await post("/sim/wechat-pay/_paysheet", this.order);
    } catch (error) {
      toast(error.message || PAY.failed);
      return "fail";
    }
    return new Promise((resolve) => {
      this.outcome = "cancel";
      this.body = h("div", { class: "pay-body", "aria-live": "polite" });
      this.sheet = this.sheets.show(
        [h("div", { class: "sheet-bar is-pay" }, h("button", { type: "button", "aria-label": SAY.close, onclick: () => this.sheet.close() }, icon("close")), h("strong", {}, PAY.sheet), h("span")), this.body],
        {
          label: PAY.sheet,
          onClose: () => {
            if (this.outcome === "cancel") post("/sim/wechat-pay/_paysheet/confirm", { ...this.order, outcome: "CANCEL" }).catch(() => {});
            resolve(this.outcome);
          },
        },
      );
      this.sheet.element.classList.add("is-pay");
      this.#ask(asked);
    });
  }

  #amount(fen) {
    const [whole, cents] = yuan(fen).slice(1).split(".");
    return h("div", { class: "pay-amount", "aria-label": yuan(fen) }, h("span", {}, "¥"), whole, h("small", {}, `.${cents}`));
  }

  #ask(asked) {
    this.fen = asked.amount_fen;
    const start = h("button", { type: "button", class: "sheet-button", data: { pay: "start" }, onclick: () => this.#finger() }, PAY.next);
    fill(
      this.body,
      h("div", { class: "pay-to" }, h("img", { src: "icon.svg", alt: "" }), h("span", {}, PAY.to)),
      this.#amount(this.fen),
      h("div", { class: "pay-what" }, asked.description),
      h("div", { class: "pay-method" }, h("span", {}, PAY.method), h("b", {}, h("i", { class: "coin" }, "¥"), PAY.change)),
      start,
    );
    start.focus({ preventScroll: true });
  }

  #finger() {
    const button = h("button", { type: "button", class: "finger", "aria-label": PAY.finger, data: { pay: "finger" }, onclick: () => this.#confirm() }, icon("finger"));
    fill(
      this.body,
      this.#amount(this.fen),
      h("div", { class: "pay-what" }, PAY.finger),
      button,
      h("div", { class: "pay-hint" }, PAY.fingerHint),
      h("button", { type: "button", class: "linkish", data: { pay: "password" }, onclick: () => this.#password() }, PAY.password),
    );
    button.focus({ preventScroll: true });
  }

  #password() {
    let typed = "";
    const boxes = h("div", { class: "pay-boxes", role: "img", "aria-label": PAY.passwordTitle }, ...Array.from({ length: DIGITS }, () => h("i")));
    const press = (key) => {
      if (key === "⌫") typed = typed.slice(0, -1);
      else if (typed.length < DIGITS) typed += key;
      [...boxes.children].forEach((box, index) => box.classList.toggle("is-typed", index < typed.length));
      if (typed.length === DIGITS) setTimeout(() => this.#confirm(), 160);
    };
    const keys = h("div", { class: "keypad" }, ...["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "⌫"].map((key) => (key ? h("button", { type: "button", onclick: () => press(key) }, key) : h("span"))));
    fill(
      this.body,
      this.#amount(this.fen),
      h("div", { class: "pay-what" }, PAY.passwordTitle),
      boxes,
      h("div", { class: "pay-hint" }, PAY.passwordHint),
      h("button", { type: "button", class: "linkish", onclick: () => this.#finger() }, PAY.fingerprint),
      keys,
    );
    this.sheet.element.onkeydown = (event) => (/^\d$/.test(event.key) ? press(event.key) : event.key === "Backspace" && press("⌫"));
    keys.querySelector("button").focus({ preventScroll: true });
  }

  async #confirm() {
    if (this.confirming) return;
    this.confirming = true;
    const hint = this.body.querySelector(".pay-hint");
    if (hint) say(hint, PAY.paying);
    this.body.querySelector(".finger")?.classList.add("is-reading");
    try {
      const { errMsg } = await post("/sim/wechat-pay/_paysheet/confirm", this.order);
      if (errMsg !== "requestPayment:ok") throw new Error(PAY.failed);
      this.outcome = "ok";
      this.#done();
    } catch (error) {
      this.outcome = "fail";
      toast(error.message || PAY.failed);
      this.sheet.close();
    }
  }

  #done() {
    const button = h("button", { type: "button", class: "sheet-button is-quiet", data: { pay: "done" }, onclick: () => this.sheet.close() }, PAY.finish);
    fill(
      this.body,
      s("svg", { class: "pay-tick", viewBox: "0 0 64 64", "aria-hidden": "true" }, s("circle", { cx: 32, cy: 32, r: 28 }), s("path", { d: "M20 33l9 9 16-18" })),
      h("div", { class: "pay-done" }, PAY.done),
      this.#amount(this.fen),
      button,
    );
    button.focus({ preventScroll: true });
  }
}
