/** "page"; or "errorsPage" and the like on pages with several lists. */
export function isPageParam(name: string): boolean {
  return name === "page" || name.endsWith("Page");
}

/**
 * A link to the same page with some parameters of the address changed: "?q=1&page=2", or "" when none is
 * left. Null removes a parameter. Unless only page numbers change, these are removed, since another filter or
 * order changes what is on each page.
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
