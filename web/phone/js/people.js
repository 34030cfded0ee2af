// Faces: drawn from the name, so that everybody keeps theirs.

import { h, s } from "./dom.js";
import { ACCOUNT } from "./texts.js";

const TINTS = [
  ["#7fb7a4", "#3f8a76"],
  ["#e7b77d", "#c27f38"],
  ["#8fb0d9", "#4f78b0"],
  ["#d99a9a", "#b25f5f"],
  ["#b7a3d8", "#7d64b0"],
  ["#a5c275", "#6d8f3c"],
  ["#e2a3bd", "#b96487"],
  ["#88c3cf", "#43899a"],
];

export function hashed(text) {
  let sum = 2166136261;
  for (const char of text) sum = Math.imul(sum ^ char.codePointAt(0), 16777619);
  return sum >>> 0;
}

let gradients = 0;

/** A square portrait with the family name. */
export function avatar(person) {
  const seed = hashed(person.openid ?? person.id ?? person.name);
  const [light, dark] = TINTS[seed % TINTS.length];
  const id = `face-${(gradients += 1)}`;
  const name = person.name || "?";
  return s(
    "svg",
    { class: "avatar", viewBox: "0 0 40 40", role: "img", "aria-label": name },
    s("defs", {}, s("linearGradient", { id, x1: 0, y1: 0, x2: 1, y2: 1 }, s("stop", { offset: 0, "stop-color": light }), s("stop", { offset: 1, "stop-color": dark }))),
    s("rect", { width: 40, height: 40, fill: `url(#${id})` }),
    s("circle", { cx: 8 + (seed % 24), cy: 38, r: 15, fill: "#fff", opacity: 0.12 }),
    s("circle", { cx: 34 - (seed % 20), cy: 3, r: 11, fill: "#fff", opacity: 0.1 }),
    s("text", { x: 20, y: 26.5, "text-anchor": "middle", "font-size": 19, "font-weight": 600, fill: "#fff" }, [...name][0]),
  );
}

/** The official account's own face. */
export function accountAvatar() {
  return h("img", { class: "avatar", src: "icon.svg", alt: ACCOUNT });
}

/** The demo people of stack.json, in one shape. */
export function people(demo) {
  const shaped = (role) => (person) => ({
    role,
    openid: person.openid,
    id: person.account_id,
    name: (role === "customer" ? person.nickname : person.name) || person.name || person.nickname,
    family: person.family ?? null,
  });
  return {
    customer: (demo.customers ?? []).map(shaped("customer")),
    provider: (demo.providers ?? []).map(shaped("provider")),
  };
}
