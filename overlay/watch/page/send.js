// What the page tells the server goes into bodies: addresses end up in logs.

const patience = 15_000; // milliseconds for which an answer is waited for

/** send posts JSON, and returns whether that was taken, and the answer. It throws when none comes in time. */
export async function send(url, value) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patience);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(value),
      signal: abort.signal,
    });
    return { ok: response.ok, answer: response.status === 204 ? null : await response.json() };
  } finally {
    clearTimeout(timer);
  }
}
