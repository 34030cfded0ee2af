// The map: for choosing where one is, for the little picture of a place in the chat, for the way there.

import { fill, h, s } from "./dom.js";
import { MAP } from "./texts.js";
import { HAN_RIVER, HEIGHT, LAKES, WIDTH, YANGTZE, fromMap, middle, onMap, places } from "./wuhan.js";

const closed = (shape) => `M${shape.map(([lng, lat]) => onMap(lng, lat).join(" ")).join("L")}Z`;

/** A line through the points with rounded bends; closed, a shore. */
function flowing(points, round = false) {
  const at = points.map(([lng, lat]) => onMap(lng, lat));
  const half = ([x, y], [toX, toY]) => `${(x + toX) / 2} ${(y + toY) / 2}`;
  if (round) {
    const ring = at.map((point, index) => [point, at[(index + 1) % at.length]]);
    return `M${half(at.at(-1), at[0])}${ring.map(([point, next]) => `Q${point.join(" ")} ${half(point, next)}`).join("")}Z`;
  }
  const bends = at.slice(1, -1).map((point, index) => `Q${point.join(" ")} ${half(point, at[index + 2])}`);
  return `M${at[0].join(" ")}${bends.join("")}L${at.at(-1).join(" ")}`;
}

function land(districts) {
  return districts.map((district, index) =>
    s("path", { class: `map-district tint-${index % 4}${district.active ? "" : " is-closed"}`, d: closed(district.shape), data: { district: district.name } }),
  );
}

function water() {
  return [
    s("path", { class: "map-water", d: flowing(HAN_RIVER), "stroke-width": 5 }),
    s("path", { class: "map-water", d: flowing(YANGTZE), "stroke-width": 11 }),
    ...LAKES.map((lake) => s("path", { class: "map-lake", d: flowing(lake.shape, true) })),
  ];
}

function pin(lng, lat) {
  const [x, y] = onMap(lng, lat);
  return s(
    "g",
    { class: "map-pin", transform: `translate(${x} ${y})` },
    s("ellipse", { cy: 1, rx: 5, ry: 2, opacity: 0.25 }),
    s("path", { d: "M0 0C-7-9-8-12-8-15a8 8 0 0 1 16 0c0 3-1 6-8 15Z" }),
    s("circle", { cy: -15, r: 3, fill: "#fff" }),
  );
}

/** A small picture around one place. */
export function miniature(lng, lat, { height = 92, width = 214, zoom = 1.5 } = {}) {
  const [x, y] = onMap(lng, lat);
  const [wide, high] = [width / zoom, height / zoom];
  const ground = s("g");
  const view = `${x - wide / 2} ${y - high * 0.62} ${wide} ${high}`;
  places().then((districts) => fill(ground, ...land(districts)));
  return s("svg", { class: "map", viewBox: view, "aria-hidden": "true", preserveAspectRatio: "xMidYMid slice" }, ground, ...water(), pin(lng, lat));
}

/** The map to choose on. Calls `chosen({lat, lng, label})` whenever another place is picked. */
export function chooser(chosen) {
  const ground = s("g");
  const names = s("g", { class: "map-names", "aria-hidden": "true" });
  const dots = s("g");
  const spot = s("g");
  const list = h("div", { class: "map-streets", role: "listbox", "aria-label": MAP.streets });
  const tabs = h("div", { class: "map-districts", role: "group", "aria-label": MAP.districts });
  const drawing = s("svg", { class: "map", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": MAP.choose, onclick: pickOnMap }, ground, ...water(), names, dots, spot);
  let all = [];

  places().then((districts) => {
    const shown = districts.filter((district) => district.streets.length);
    all = shown.flatMap((district) => district.streets);
    fill(ground, ...land(districts));
    fill(
      names,
      label(LAKES[0].at, LAKES[0].name, "is-water"),
      label([114.352, 30.6385], MAP.river, "is-water is-river"),
      ...shown.map((district) => label(middle(district), district.name.replace(/区$/, ""))),
    );
    fill(dots, ...all.map((street) => s("circle", { class: "map-dot", cx: onMap(street.lng, street.lat)[0], cy: onMap(street.lng, street.lat)[1], r: 2 }, s("title", {}, street.label))));
    fill(tabs, ...shown.map((district) => h("button", { type: "button", data: { district: district.name }, onclick: () => show(district.name) }, district.name)));
    show(shown.some((district) => district.name === MAP.first) ? MAP.first : shown[0]?.name);
  });

  function label([lng, lat], text, kind = "") {
    const [x, y] = onMap(lng, lat);
    return s("text", { class: `map-name ${kind}`, x, y, "text-anchor": "middle" }, text);
  }

  function show(name) {
    for (const button of tabs.children) button.setAttribute("aria-pressed", String(button.dataset.district === name));
    tabs.querySelector("[aria-pressed='true']")?.scrollIntoView({ block: "nearest", inline: "center" });
    for (const shape of ground.children) shape.classList.toggle("is-chosen", shape.dataset.district === name);
    fill(
      list,
      ...all
        .filter((street) => street.district === name)
        .map((street) =>
          h("button", { type: "button", role: "option", "aria-selected": "false", data: { label: street.label }, onclick: () => pick(street) }, h("b", {}, street.name), h("small", {}, street.label)),
        ),
    );
  }

  function pick(street, at = street) {
    if (tabs.querySelector("[aria-pressed='true']")?.dataset.district !== street.district) show(street.district);
    for (const option of list.children) option.setAttribute("aria-selected", String(option.dataset.label === street.label));
    list.querySelector("[aria-selected='true']")?.scrollIntoView({ block: "nearest" });
    fill(spot, pin(at.lng, at.lat));
    chosen({ lat: at.lat, lng: at.lng, label: street.label });
  }

  function pickOnMap(event) {
    if (!all.length) return;
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse());
    const at = fromMap(point.x, point.y);
    const away = (street) => (street.lng - at.lng) ** 2 + (street.lat - at.lat) ** 2;
    const nearest = all.reduce((best, street) => (away(street) < away(best) ? street : best));
    pick(nearest, { lng: Math.round(at.lng * 1e6) / 1e6, lat: Math.round(at.lat * 1e6) / 1e6 });
  }

  return h("div", { class: "map-chooser" }, h("div", { class: "map-frame" }, drawing), tabs, list);
}
