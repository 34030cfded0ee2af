// Pictures one may send: drawn, so that nothing has to be fetched.

import { s } from "./dom.js";

const draw = (label, ...shapes) => ({
  label,
  svg: () => s("svg", { viewBox: "0 0 150 112", role: "img", "aria-label": label }, ...shapes.map(([tag, attributes]) => s(tag, attributes))),
});

export const SCENES = [
  draw(
    "家里的猫",
    ["rect", { width: 150, height: 112, fill: "#f3dcc0" }],
    ["rect", { y: 84, width: 150, height: 28, fill: "#d8b48a" }],
    ["path", { d: "M52 92c-4-22 2-34 10-38l-3-16 12 9h12l12-9-3 16c10 8 14 20 10 38Z", fill: "#6d665f" }],
    ["circle", { cx: 69, cy: 60, r: 3, fill: "#f7d774" }],
    ["circle", { cx: 85, cy: 60, r: 3, fill: "#f7d774" }],
    ["path", { d: "M77 66l-3 3h6z", fill: "#e79a9a" }],
    ["path", { d: "M102 90c16 2 22-10 16-18", fill: "none", stroke: "#6d665f", "stroke-width": 7, "stroke-linecap": "round" }],
  ),
  draw(
    "空调",
    ["rect", { width: 150, height: 112, fill: "#dfe9ee" }],
    ["rect", { x: 24, y: 24, width: 102, height: 36, rx: 6, fill: "#fff" }],
    ["path", { d: "M32 50h86", stroke: "#c4d0d6", "stroke-width": 4 }],
    ["circle", { cx: 114, cy: 34, r: 2.500, fill: "#e06b5a" }],
    ["path", { d: "M45 70c4 8-4 12 0 20M75 70c4 8-4 12 0 20M105 70c4 8-4 12 0 20", fill: "none", stroke: "#9fc3d6", "stroke-width": 3, "stroke-linecap": "round" }],
  ),
  draw(
    "油烟机",
    ["rect", { width: 150, height: 112, fill: "#e9e4da" }],
    ["rect", { y: 86, width: 150, height: 26, fill: "#b9a88f" }],
    ["path", { d: "M58 10h34v24h-34z", fill: "#8d9499" }],
    ["path", { d: "M40 34h70l12 20H28z", fill: "#a7aeb3" }],
    ["path", { d: "M36 54c6 6 2 10 6 16M70 54c4 6-2 10 2 18M104 54c6 6-2 10 2 14", fill: "none", stroke: "#c98d2b", "stroke-width": 4, "stroke-linecap": "round" }],
    ["rect", { x: 34, y: 80, width: 82, height: 7, rx: 3, fill: "#4c4f52" }],
  ),
  draw(
    "客厅",
    ["rect", { width: 150, height: 112, fill: "#e8efe6" }],
    ["rect", { y: 82, width: 150, height: 30, fill: "#cdb694" }],
    ["rect", { x: 88, y: 14, width: 44, height: 34, fill: "#b9dcec" }],
    ["path", { d: "M110 14v34M88 31h44", stroke: "#fff", "stroke-width": 3 }],
    ["path", { d: "M22 84V62a6 6 0 0 1 6-6h54a6 6 0 0 1 6 6v22z", fill: "#7c9c86" }],
    ["path", { d: "M16 84V70a6 6 0 0 1 12 0v6h54v-6a6 6 0 0 1 12 0v14z", fill: "#6a8a74" }],
  ),
];

/** The scene a picture message stands for. */
export function scene(label) {
  return SCENES.find((each) => label?.includes(each.label)) ?? SCENES[3];
}
