// The dispatch sheet: who was weighed, how, and who got the order.

import { fill, h, whenChanged } from "./dom.js";
import { avatar } from "./people.js";
import { EXCLUSIONS, ORDER, PARTS } from "./texts.js";

const SHOWN = 6;

export class DispatchSheet {
  constructor(personOf) {
    this.personOf = personOf;
    this.all = false;
    this.note = h("span", { class: "card-note" });
    this.body = h("div", { class: "sheet-rows" });
    this.element = h("section", { class: "card sheet-card", "aria-label": ORDER.sheet }, h("header", { class: "card-head" }, h("h2", {}, ORDER.sheet), this.note), this.body);
    this.update = whenChanged((content) => {
      this.content = content;
      this.#draw();
    });
  }

  #draw() {
    const { sheets, winner } = this.content;
    const sheet = sheets.at(-1);
    if (!sheet) {
      this.note.textContent = "";
      fill(this.body, h("p", { class: "card-empty" }, ORDER.noSheet));
      return;
    }
    const waves = new Map(sheets.flatMap((each, index) => each.rows.filter((row) => row.asked).map((row) => [row.provider_id, index + 1])));
    this.note.textContent = ORDER.wave(sheets.length);
    const rows = sheet.rows ?? [];
    const best = Math.max(...rows.map((row) => row.score ?? 0), 0.001);
    const parts = Object.keys(PARTS).filter((part) => rows.some((row) => part in (row.parts ?? {})));
    const shown = this.all ? rows : rows.slice(0, SHOWN);
    if (!this.all && winner && !shown.some((row) => row.provider_id === winner)) shown.push(...rows.filter((row) => row.provider_id === winner));
    fill(
      this.body,
      h("div", { class: "legend" }, ...parts.map((part, index) => h("span", { class: `part-${index % 7}` }, PARTS[part] ?? part))),
      h("ol", {}, ...shown.map((row) => this.#row(row, { best, parts, wave: waves.get(row.provider_id), won: row.provider_id === winner }))),
      rows.length > SHOWN &&
        h(
          "button",
          {
            type: "button",
            class: "linkish-2",
            onclick: () => {
              this.all = !this.all;
              this.#draw();
            },
          },
          this.all ? ORDER.less : ORDER.more(rows.length - shown.length),
        ),
    );
  }

  #row(row, { best, parts, wave, won }) {
    const total = parts.reduce((sum, part) => sum + Math.max(row.parts?.[part] ?? 0, 0), 0) || 1;
    const out = row.excluded ? row.excluded_text || EXCLUSIONS[row.excluded] || row.excluded : null;
    return h(
      "li",
      { class: `candidate${out ? " is-out" : ""}${won ? " is-won" : ""}`, data: { provider: row.provider_id } },
      avatar(this.personOf(row.provider_id) ?? { id: row.provider_id, name: row.name }),
      h("span", { class: "candidate-name" }, row.name),
      h("span", { class: "candidate-way" }, `${(row.distance_m / 1000).toFixed(1)} km`),
      out
        ? h("span", { class: "candidate-why" }, out)
        : h(
            "span",
            { class: "bar", vars: { "--share": `${(100 * row.score) / best}%` }, role: "img", "aria-label": parts.map((part) => `${PARTS[part] ?? part} ${(row.parts?.[part] ?? 0).toFixed(1)}`).join("，") },
            h("span", {}, ...parts.map((part, index) => h("i", { class: `part-${index % 7}`, vars: { "--part": `${(100 * Math.max(row.parts?.[part] ?? 0, 0)) / total}%` }, title: `${PARTS[part] ?? part} ${(row.parts?.[part] ?? 0).toFixed(1)}` }))),
          ),
      h("span", { class: "candidate-score" }, out ? "" : row.score.toFixed(1)),
      h("span", { class: "candidate-tag" }, won ? ORDER.won : wave ? ORDER.wave(wave) : ""),
    );
  }
}
