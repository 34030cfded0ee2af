// An order as the page shows it, from what the platform's admin API tells.

const TAKEN = new Set(["ACCEPTED", "EN_ROUTE", "IN_SERVICE", "COMPLETED"]);

/** Everything the order's side of the page needs, in one shape. */
export function shaped(page) {
  const timeline = page.timeline ?? [];
  return {
    id: page.order_id,
    number: page.number,
    state: page.state,
    service: page.service_name,
    start: page.start,
    minutes: page.minutes,
    area: page.place?.area ?? "",
    notes: page.notes ?? "",
    total_fen: page.total_fen,
    customer_id: page.customer_id,
    provider_id: page.provider_id,
    provider_name: page.provider_name,
    accepted: TAKEN.has(page.state) && Boolean(page.provider_id),
    confirmed: timeline.some((event) => event.name === "OrderConfirmed"),
    trouble: page.trouble,
    waits_until: page.state === "PENDING_ACCEPTANCE" ? page.offer_until : page.waits_until,
    reached: reached(timeline),
    timeline,
    sheets: page.sheets ?? [],
    postings: page.postings ?? [],
    workflow: page.workflow ?? null,
  };
}

/** Whom the running search has asked, without those who said no. */
function reached(timeline) {
  let asked = new Set();
  for (const { name, by_id: by, data } of timeline) {
    if (name === "ProviderWithdrew") asked = new Set();
    if (name === "OffersSent") for (const id of data.provider_ids ?? []) asked.add(id);
    if (name === "OfferDeclined") asked.delete(by);
    if (name === "NamedProviderUnavailable") asked.delete(data.provider_id);
  }
  return [...asked];
}
