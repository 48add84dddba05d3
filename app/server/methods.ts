/** The methods of each path that Express answers for the API. Others are answered 405 before they reach a route. */
const methodsByPath = new Map([
  ["/api/v1/forum/sync-views", ["GET", "POST"]],
  ["/api/v1/forum/cleanup", ["GET", "POST"]],
  ["/api/v1/forum/topics", ["PUT"]],
  ["/api/v1/forum/stats", ["GET", "HEAD"]],
  ["/api/v1/openapi.json", ["GET", "HEAD"]],
  ["/healthz", ["GET", "HEAD"]],
  ["/readyz", ["GET", "HEAD"]],
  ["/metrics", ["GET", "HEAD"]],
]);

/** For pages and files; Remix knows which of them take a POST. */
const otherMethods = ["GET", "HEAD", "POST"];

/** The methods allowed at a path, if the given one is not among them. */
export function allowedInstead(path: string, method: string): string[] | undefined {
  const allowed = methodsByPath.get(path) ?? otherMethods;
  return allowed.includes(method) ? undefined : allowed;
}

/**
 * Whether a path belongs to the API but is none of its paths. Remix would accept some of them all the same:
 * to it, capitals, encoded letters and a trailing slash make no difference.
 */
export function isUnknownApiPath(path: string): boolean {
  if (methodsByPath.has(path)) return false;
  return /^\/(?:api|healthz|readyz|metrics)(?:\/|$)/i.test(decoded(path));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
