// What to try next, from where the order stands: a sentence to say, or a hand to lend.

import { fill, h, whenChanged } from "./dom.js";
import { FIRST_WORDS, GUIDE } from "./texts.js";

/** The next steps as [{role, label, say?, act?}]. Pure. */
export function nextSteps(order, { arrivalCode, providerHolds, offerHolds }) {
  if (!order || order.state === "CANCELLED" || (order.state === "COMPLETED" && order.confirmed)) {
    const closing = order?.confirmed ? [{ role: "provider", label: GUIDE.income, say: GUIDE.income }] : [];
    return [...closing, ...FIRST_WORDS.map((each) => ({ ...each, label: each.say }))];
  }
  const hop = { role: "provider", label: GUIDE.pick, act: "hop" };
  switch (order.state) {
    case "PENDING_PAYMENT":
      return [{ role: "customer", label: GUIDE.pay, act: "pay" }];
    case "PENDING_ACCEPTANCE":
      if (!order.reached.length) return [{ note: GUIDE.offering }];
      return offerHolds ? [{ role: "provider", label: `${GUIDE.grab} ${order.number}`, say: `抢 ${order.number}` }] : [hop];
    case "ACCEPTED":
      return providerHolds ? [{ role: "provider", label: GUIDE.depart, say: GUIDE.depart }] : [hop];
    case "EN_ROUTE":
      return providerHolds ? [{ role: "provider", label: `${GUIDE.start} ${arrivalCode ?? ""}`.trim(), say: `${GUIDE.start} ${arrivalCode ?? ""}`.trim() }] : [hop];
    case "IN_SERVICE":
      return providerHolds ? [{ role: "provider", label: GUIDE.finish, say: GUIDE.finish }] : [hop];
    case "COMPLETED":
      return [{ role: "customer", label: GUIDE.confirm, say: GUIDE.confirm }];
    default:
      return [];
  }
}

export class Guide {
  /** `act(step)` does what a chip says. */
  constructor(root, act) {
    this.update = whenChanged((steps) => {
      const first = steps.some((step) => FIRST_WORDS.some((each) => each.say === step.say));
      fill(
        root,
        h("span", { class: "guide-title" }, first ? GUIDE.title : GUIDE.next),
        ...steps.map((step) =>
          step.note
            ? h("span", { class: "guide-note" }, step.note)
            : h("button", { type: "button", class: first ? "guide-chip" : "guide-chip is-next", data: { role: step.role }, onclick: () => act(step) }, h("i", { class: "who", "aria-hidden": "true" }), step.label),
        ),
      );
    });
  }
}
