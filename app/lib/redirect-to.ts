/** Where to go after signing in when the address names no page, or one that we do not follow. */
const START = "/admin";

/**
 * The page to go to after signing in. Only paths below /admin are followed: otherwise a link to our sign-in
 * page could lead people to another site.
 */
export function safeRedirectTo(wished: FormDataEntryValue | null | undefined): string {
  if (typeof wished !== "string" || wished.length > 2_000) return START;
  // Browsers drop control characters and read a backslash as a slash, which makes `/\evil` another site.
  if (!/^\/admin(?:[/?#]|$)/.test(wished) || /[\\\p{Cc}]|\/\//u.test(wished)) return START;
  const url = new URL(wished, "http://site.invalid");
  const isBelow = url.pathname === START || url.pathname.startsWith(`${START}/`);
  return isBelow ? `${url.pathname}${url.search}${url.hash}` : START;
}

/** The sign-in page, with a way back to the page asked for. */
export function loginPath(request: Request): string {
  const { pathname, search } = new URL(request.url);
  // A posted form cannot be repeated, so this leads back to its page.
  const isPage = request.method === "GET" || request.method === "HEAD";
  const back = safeRedirectTo(isPage ? `${pathname}${search}` : pathname);
  return back === START ? "/login" : `/login?${new URLSearchParams({ redirectTo: back })}`;
}
