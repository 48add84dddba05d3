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

/** Of pages and files; which of them take a POST, Remix knows. */
const otherMethods = ["GET", "HEAD", "POST"];

/** The methods allowed at a path, where another one was asked for. */
export function allowedInstead(path: string, method: string): string[] | undefined {
  const allowed = methodsByPath.get(path) ?? otherMethods;
  return allowed.includes(method) ? undefined : allowed;
}

/**
 * Whether a path is meant for the API and is none of its own. Remix would find some of them all the same: it
 * takes capitals, encoded letters and a slash at the end for the plain spelling.
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
