let visitors = 0;

const userAgent =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";

/** Headers of a person who has not been here before, as a trusted proxy would pass them on. */
export function newVisitor(): Record<string, string> {
  visitors += 1;
  const address = `100.64.${(visitors >> 8) & 255}.${visitors & 255}`;
  return { "User-Agent": userAgent, "X-Forwarded-For": address };
}

/** Counts a view of a new visitor over HTTP. */
export function sendView(
  origin: string,
  topicId: string,
  init: { headers?: Record<string, string>; body?: string; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(`${origin}/api/v1/forum/topics/${topicId}/views`, {
    ...init,
    method: "POST",
    headers: { ...newVisitor(), ...init.headers },
  });
}
