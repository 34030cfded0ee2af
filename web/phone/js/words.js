// Reading what the account wrote: links, numbered lists, words to answer with, order numbers, arrival codes.

import { h } from "./dom.js";

const LINK = /<a\s+[^>]*?href="([^"]*)"[^>]*>([\s\S]*?)<\/a>/gi;
const LIST_LINE = /^\s*(?:[(（]?(\d{1,2})[.、．)）:：]|(\d{1,2})️⃣)\s*(\S.*)$/;
const CODE = /(上门码[：:]\s*)(\d{4})(?!\d)/;
const QUOTED = /「([^「」]{1,16})」/g;

/** The text as nodes: links open through `open`, an arrival code is set large. Nothing in it can become markup. */
export function nodes(text, open) {
  const out = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    out.push(...plain(text.slice(at, match.index)));
    const [, href, label] = match;
    out.push(linked(unescaped(href), unescaped(label), open));
    at = match.index + match[0].length;
  }
  out.push(...plain(text.slice(at)));
  return out;
}

function linked(href, label, open) {
  if (!/^https?:\/\//i.test(href)) return document.createTextNode(label);
  return h("a", { href, onclick: (event) => (event.preventDefault(), open(href, label)) }, label);
}

function plain(text) {
  const code = CODE.exec(text);
  if (!code) return text ? [document.createTextNode(text)] : [];
  const before = text.slice(0, code.index) + code[1];
  return [document.createTextNode(before), h("span", { class: "code" }, code[2]), ...plain(text.slice(code.index + code[0].length))];
}

function unescaped(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

/** The text without markup. */
export function bare(text) {
  return text.replace(LINK, "$2");
}

/** A numbered list that counts from 1, as [{number, label}]; empty when there is none. */
export function choices(text) {
  const found = [];
  for (const line of bare(text).split("\n")) {
    const match = LIST_LINE.exec(line);
    if (!match) continue;
    const number = Number(match[1] ?? match[2]);
    if (number === found.length + 1) found.push({ number, label: match[3].trim() });
  }
  return found.length ? found : [];
}

const EXAMPLE = /上门码|订单号|单号|…|\.\.\.|，|。/;

/** Words in 「」 one may answer with; `fill` when something must be added to them first. */
export function answers(text) {
  const found = new Map();
  // In a sentence that gives an example (比如「…」) the words are somebody else's.
  for (const line of bare(text).split("\n")) {
    for (const match of line.matchAll(QUOTED)) {
      const before = line.slice(0, match.index);
      if (/(比如|例如|直接说)$/.test(before.trim()) || /现在是$/.test(before.trim())) continue;
      if (/(在到家|说|或)$/.test(before.trim()) && match[1].length > 8) continue;
      const needs = /^(\S+)\s+(上门码|订单号|单号)$/.exec(match[1]);
      if (needs) found.set(needs[1], { words: `${needs[1]} `, label: needs[1], fill: true });
      else if (!EXAMPLE.test(match[1]) && match[1].length <= 8) found.set(match[1], { words: match[1], label: match[1], fill: false });
    }
  }
  return [...found.values()].slice(0, 4);
}

/** The short number of the order a message speaks of, or null. */
export function orderNumber(text) {
  const match = /(?:订单(?:编号)?|抢|新订单)[：:\s]*(\d{4,6})(?!\d)/.exec(bare(text));
  return match ? match[1] : null;
}

/** The arrival code in a message to the customer, or null. */
export function arrivalCode(text) {
  return CODE.exec(bare(text))?.[2] ?? null;
}

/** Which of the platform's pages a link leads to: {kind, token}, or null. */
export function platformLink(href) {
  const match = /\/(pay|grab)\/([A-Za-z0-9_\-.~]+)$/.exec(href.split(/[?#]/)[0]);
  return match ? { kind: match[1], token: match[2] } : null;
}

/** ¥108.80 */
export function yuan(fen) {
  const sign = fen < 0 ? "-" : "";
  const amount = Math.abs(fen);
  return `${sign}¥${Math.floor(amount / 100)}.${String(amount % 100).padStart(2, "0")}`;
}

const zone = "Asia/Shanghai";
const clock = new Intl.DateTimeFormat("zh-CN", { timeZone: zone, hour: "2-digit", minute: "2-digit", hour12: false });
const exactClock = new Intl.DateTimeFormat("zh-CN", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const date = new Intl.DateTimeFormat("zh-CN", { timeZone: zone, month: "numeric", day: "numeric", weekday: "short" });

/** 15:04, or with the day when it is another one. */
export function moment(instant, now = new Date()) {
  const then = new Date(instant);
  return date.format(then) === date.format(now) ? clock.format(then) : `${day(then)} ${clock.format(then)}`;
}

/** 15:04:05 */
export function exact(instant) {
  return exactClock.format(new Date(instant));
}

/** 12月4日 周四 */
export function day(instant) {
  const parts = Object.fromEntries(date.formatToParts(new Date(instant)).map((part) => [part.type, part.value]));
  return `${parts.month}月${parts.day}日 ${parts.weekday}`;
}

export function hourMinute(instant) {
  return clock.format(new Date(instant));
}

/** 12:04 left of a countdown, or null when it is over. */
export function left(until, now = Date.now()) {
  const seconds = Math.ceil((new Date(until).getTime() - now) / 1000);
  if (!(seconds > 0)) return null;
  if (seconds > 86_400) return `${Math.floor(seconds / 86_400)} 天`;
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${two(minutes)}:${two(rest)}`;
}
