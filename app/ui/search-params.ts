/** "page", and for a page with several lists "errorsPage" and the like. */
export function isPageParam(name: string): boolean {
  return name === "page" || name.endsWith("Page");
}

/**
 * A link to the same page with some parameters of the address changed: "?q=1&page=2", or "" when nothing is
 * left. Null removes a parameter. Page numbers go unless nothing else changes, since another filter or order
 * makes other pages.
 */
export function searchLink(
  current: URLSearchParams,
  changes: Record<string, string | number | null>,
): { search: string } {
  const next = new URLSearchParams(current);
  if (!Object.keys(changes).every(isPageParam)) {
    for (const name of current.keys()) if (isPageParam(name)) next.delete(name);
  }
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name);
    else next.set(name, String(value));
  }
  const text = next.toString();
  return { search: text === "" ? "" : `?${text}` };
}
