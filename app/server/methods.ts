/** What makes a URL's path another one than the request line's: steps up, and backslashes for slashes. */
const isResolved = /\\|\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** The methods of each path of the API. Others are answered 405 before they reach a route. */
const methodsByPath: Array<[path: RegExp, methods: string[]]> = [
  [/^\/api\/v1\/forum\/sync-views\/?$/, ["GET", "POST"]],
  [/^\/api\/v1\/forum\/cleanup\/?$/, ["GET", "POST"]],
  [/^\/api\/v1\/forum\/topics\/[^/]+\/views\/?$/, ["GET", "HEAD", "POST", "OPTIONS"]],
  [/^\/api\/v1\/forum\/views\/?$/, ["GET", "HEAD", "OPTIONS"]],
  [/^\/api\/v1\/openapi\.json\/?$/, ["GET", "HEAD"]],
  [/^\/(healthz|readyz|metrics)\/?$/, ["GET", "HEAD"]],
];

/** Of pages and files; which of them take a POST, Remix knows. */
const otherMethods = ["GET", "HEAD", "POST"];

/** The address of a topic's views, spelled the plain way: no escapes, no query, no slash at its end. */
export const plainTopicViews = /^\/api\/v1\/forum\/topics\/([A-Za-z0-9_-]+)\/views$/;

/** The methods allowed at a path, where another one was asked for. */
export function allowedInstead(path: string, method: string): string[] | undefined {
  const entry = methodsByPath.find(([pattern]) => pattern.test(path));
  const allowed = entry ? entry[1] : otherMethods;
  return allowed.includes(method) ? undefined : allowed;
}

/**
 * Whether a path is meant for the API and none of its own. Remix would find some of them all the same: it
 * takes capitals and encoded letters for the plain ones.
 */
export function isUnknownApiPath(path: string): boolean {
  const isKnown = methodsByPath.some(([pattern]) => pattern.test(path));
  if (isKnown && !isResolved.test(path)) return false;
  return decoded(path).toLowerCase().startsWith("/api/");
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
