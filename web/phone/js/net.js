// Talking to the local web server. Every address is of this origin.

/** A refusal or a silence; `code` is the platform's, or UNAVAILABLE. */
export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { accept: "application/json", ...options.headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "UNAVAILABLE", "");
  }
  return answer;
}

async function content(answer) {
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const error = body.error ?? {};
  throw new Refused(answer.status, error.code ?? body.code ?? "UNAVAILABLE", error.message ?? body.message ?? "");
}

/** GET, as JSON. */
export async function get(path, signal) {
  return content(await ask(path, { signal }));
}

/** POST of JSON, answered with JSON. */
export async function post(path, body = {}, headers = {}) {
  return content(
    await ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    }),
  );
}

/** GET that knows what it saw: null when nothing changed. */
export async function getIfChanged(path, etag, signal) {
  const answer = await ask(path, { signal, headers: etag ? { "if-none-match": etag } : {} });
  if (answer.status === 304) return null;
  return { etag: answer.headers.get("etag"), body: await content(answer) };
}

/** Waits, or less when aborted. */
export function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** Long polling that survives a restart of the stack: `look` returns when it has something or its wait is over. */
export function keepLooking(look, onTrouble = () => {}) {
  const ended = new AbortController();
  (async () => {
    let failures = 0;
    while (!ended.signal.aborted) {
      try {
        await look(ended.signal);
        if (failures) onTrouble(null);
        failures = 0;
      } catch (error) {
        if (error.name === "AbortError") return;
        failures += 1;
        onTrouble(error);
        await pause(Math.min(400 * 2 ** failures, 4000), ended.signal);
      }
    }
  })();
  return () => ended.abort();
}
