// What slides over a chat: WeChat's browser, the pay sheet, the map, pictures, transfers to take.

import { fill, h, say, toast } from "./dom.js";
import { icon } from "./icons.js";
import { chooser, miniature } from "./map.js";
import { get, post } from "./net.js";
import { PaySheet } from "./paysheet.js";
import { SCENES } from "./scenes.js";
import { PAY, SAY, TROUBLES } from "./texts.js";
import { yuan } from "./words.js";

export class Sheets {
  constructor(screen) {
    this.screen = screen;
    this.open = [];
    screen.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.open.length) {
        event.stopPropagation();
        this.open.at(-1).close();
      }
    });
  }

  /** Slides a sheet in. `onClose` runs however it is closed. Returns {element, close}. */
  show(content, { label, full = false, onClose = () => {} }) {
    const before = document.activeElement;
    const panel = h("div", { class: full ? "sheet is-full" : "sheet", role: "dialog", "aria-modal": "true", "aria-label": label, tabindex: -1 }, content);
    const veil = h("div", { class: "veil", onclick: (event) => event.target === veil && !full && sheet.close() }, panel);
    const below = [...this.screen.children].filter((each) => !each.inert);
    const sheet = {
      element: panel,
      close: () => {
        if (!this.open.includes(sheet)) return;
        this.open = this.open.filter((each) => each !== sheet);
        for (const each of below) each.inert = false;
        veil.inert = true;
        veil.classList.add("is-leaving");
        setTimeout(() => veil.remove(), 260);
        onClose();
        before?.focus?.({ preventScroll: true });
      },
    };
    for (const each of below) each.inert = true;
    this.open.push(sheet);
    this.screen.append(veil);
    panel.focus({ preventScroll: true });
    return sheet;
  }

  closeAll() {
    for (const sheet of [...this.open].reverse()) sheet.close();
  }

  #bar(title, close, action = null) {
    return h("div", { class: "sheet-bar" }, h("button", { type: "button", "aria-label": SAY.close, onclick: close }, icon("close")), h("strong", {}, title), action ?? h("span"));
  }

  /** One of the platform's own pages, as WeChat's browser shows it. */
  browser({ kind, token }, person) {
    const frame = h("iframe", { src: `/page/${kind}/${token}`, title: SAY.title, sandbox: "allow-scripts allow-same-origin allow-forms" });
    const title = h("strong", {}, SAY.title);
    const listen = (event) => {
      if (event.source !== frame.contentWindow || event.origin !== location.origin) return;
      const { type, id, params } = event.data ?? {};
      if (type === "title") say(title, params || SAY.title);
      if (type === "close") sheet.close();
      if (type === "pay") {
        new PaySheet(this, person, params).show().then((outcome) => {
          frame.contentWindow?.postMessage({ type: "paid", id, outcome }, location.origin);
          if (outcome === "ok") setTimeout(() => sheet.close(), 1600);
        });
      }
    };
    addEventListener("message", listen);
    const bar = h("div", { class: "sheet-bar" }, h("button", { type: "button", "aria-label": SAY.close, onclick: () => sheet.close() }, icon("close")), title, h("span"));
    const sheet = this.show([bar, frame], { label: SAY.title, full: true, onClose: () => removeEventListener("message", listen) });
    sheet.element.classList.add("is-browser");
    return sheet;
  }

  /** A link that leads away: shown, not followed. */
  elsewhere(href, label) {
    const to = /[?&]to=(-?[\d.]+),(-?[\d.]+)(?:,([^&]*))?/.exec(href);
    const copy = h(
      "button",
      {
        type: "button",
        class: "sheet-button is-quiet",
        onclick: () => navigator.clipboard?.writeText(href).then(() => toast(SAY.copied), () => {}),
      },
      SAY.copy,
    );
    const sheet = this.show(
      [
        this.#bar(label || SAY.navigation, () => sheet.close()),
        to && h("div", { class: "elsewhere-map" }, miniature(Number(to[1]), Number(to[2]), { width: 320, height: 220, zoom: 1.25 })),
        to?.[3] && h("p", { class: "elsewhere-place" }, decodeURIComponent(to[3])),
        h("p", { class: "sheet-note" }, SAY.leave),
        h("code", { class: "elsewhere-link" }, href),
        copy,
      ],
      { label: label || SAY.navigation },
    );
    return sheet;
  }

  /** Where one is. */
  place(send) {
    let place = null;
    const button = h(
      "button",
      {
        type: "button",
        class: "sheet-do",
        disabled: true,
        onclick: () => {
          sheet.close();
          send(place);
        },
      },
      SAY.send,
    );
    const map = chooser((chosen) => {
      place = chosen;
      button.disabled = false;
    });
    const sheet = this.show([this.#bar(SAY.place, () => sheet.close(), button), map], { label: SAY.place, full: true });
    return sheet;
  }

  /** Which picture to send. */
  pictures(send) {
    const grid = SCENES.map((scene) =>
      h(
        "button",
        {
          type: "button",
          "aria-label": scene.label,
          onclick: () => {
            sheet.close();
            send(scene.label);
          },
        },
        scene.svg(),
        h("span", {}, scene.label),
      ),
    );
    const sheet = this.show([this.#bar(SAY.picture, () => sheet.close()), h("div", { class: "pictures" }, ...grid)], { label: SAY.picture });
    return sheet;
  }

  /** Transfers that wait for this person's hand. */
  transfers(person) {
    const list = h("div", { class: "transfers" });
    const sheet = this.show([this.#bar(SAY.receive, () => sheet.close()), list], { label: SAY.receive });
    const draw = async () => {
      let items = [];
      try {
        ({ items } = await get(`/sim/wechat-pay/_transfers?openid=${encodeURIComponent(person.openid)}&state=WAIT_USER_CONFIRM`));
      } catch (error) {
        toast(TROUBLES[error.code] ?? TROUBLES.UNAVAILABLE);
      }
      if (!items.length) return void fill(list, h("p", { class: "sheet-note" }, SAY.noTransfers));
      fill(
        list,
        ...items.map((transfer) =>
          h(
            "div",
            { class: "transfer" },
            h("div", {}, h("strong", {}, yuan(transfer.transfer_amount ?? transfer.amount_fen)), h("small", {}, transfer.transfer_remark ?? SAY.title)),
            h(
              "button",
              {
                type: "button",
                class: "sheet-do",
                onclick: async (event) => {
                  event.target.disabled = true;
                  try {
                    await post(`/sim/wechat-pay/_transfers/${encodeURIComponent(transfer.out_bill_no)}/confirm`, {});
                    toast(SAY.transferred);
                  } catch (error) {
                    toast(error.message || PAY.failed);
                  }
                  draw();
                },
              },
              SAY.confirmTransfer,
            ),
          ),
        ),
      );
    };
    draw();
    return sheet;
  }
}
