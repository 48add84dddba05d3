/** Where to go after signing in when the address says nothing, or nothing that we would follow. */
const START = "/admin";

/**
 * The page to go to after signing in. Only paths of this site below /admin: whatever else a link to the
 * sign-in page carries would make it a springboard to another site.
 */
export function safeRedirectTo(wished: FormDataEntryValue | null | undefined): string {
  if (typeof wished !== "string" || wished.length > 2_000) return START;
  // Browsers drop control characters and read a backslash as a slash, which makes `/\evil` another site.
  if (!/^\/admin(?:[/?#]|$)/.test(wished) || /[\\\p{Cc}]|\/\//u.test(wished)) return START;
  const url = new URL(wished, "http://site.invalid");
  const isBelow = url.pathname === START || url.pathname.startsWith(`${START}/`);
  return isBelow ? `${url.pathname}${url.search}${url.hash}` : START;
}

/** The sign-in page that leads back to the page asked for. */
export function loginPath(request: Request): string {
  const { pathname, search } = new URL(request.url);
  // Nobody can be sent back to a form that was posted: its page is the closest.
  const isPage = request.method === "GET" || request.method === "HEAD";
  const back = safeRedirectTo(isPage ? `${pathname}${search}` : pathname);
  return back === START ? "/login" : `/login?${new URLSearchParams({ redirectTo: back })}`;
}
