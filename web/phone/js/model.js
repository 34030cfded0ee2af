// An order as the page shows it, from what the platform's admin API tells.

/** Everything the order's side of the page needs, in one shape. */
export function shaped(page) {
  const order = page.order ?? page;
  const lines = order.quote?.lines ?? order.price_lines ?? [];
  return {
    id: order.order_id,
    number: order.number,
    state: order.state,
    service: order.service?.name ?? order.service_name ?? "",
    start: order.start,
    minutes: order.minutes,
    area: order.place?.area ?? order.area ?? "",
    notes: order.notes ?? "",
    total_fen: order.total_fen ?? lines.reduce((sum, line) => sum + line.amount_fen, 0),
    customer_id: order.customer_id,
    provider_id: order.provider_id ?? null,
    provider_name: order.provider_name ?? null,
    accepted: Boolean(order.accepted_at),
    confirmed: Boolean(order.confirmed_at),
    pay_by: order.pay_by,
    offer_until: order.offer_until ?? null,
    wave: order.wave ?? 0,
    offered: order.offered ?? [],
    excluded: order.excluded ?? [],
    trouble: order.trouble ?? null,
    timeline: page.timeline ?? page.events ?? [],
    sheets: page.sheets ?? page.dispatch ?? [],
    postings: page.postings ?? page.ledger ?? [],
    workflow: page.workflow ?? null,
  };
}
