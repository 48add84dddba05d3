/** An answer in plain words. Thrown by a loader or an action, the page's error boundary shows it. */
export function plainAnswer(
  status: number,
  statusText: string,
  text: string,
  headers: Record<string, string> = {},
): Response {
  const type = { "Content-Type": "text/plain; charset=utf-8" };
  return new Response(text, { status, statusText, headers: { ...type, ...headers } });
}
