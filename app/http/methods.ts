/** The methods of each path of the API. Others are answered 405 before they reach a route. */
const methodsByPath: Array<[path: RegExp, methods: string[]]> = [
  [/^\/api\/v1\/forum\/sync-views\/?$/, ["GET", "POST"]],
  [/^\/api\/v1\/forum\/topics\/[^/]+\/views\/?$/, ["GET", "HEAD", "POST", "OPTIONS"]],
  [/^\/api\/v1\/forum\/views\/?$/, ["GET", "HEAD", "OPTIONS"]],
  [/^\/(healthz|readyz)\/?$/, ["GET", "HEAD"]],
];

/** The methods allowed at a path, where another one was asked for. */
export function allowedInstead(path: string, method: string): string[] | undefined {
  const entry = methodsByPath.find(([pattern]) => pattern.test(path));
  return entry && !entry[1].includes(method) ? entry[1] : undefined;
}

/**
 * Whether a path is meant for the API and none of its own. Remix would find some of them all the same: it
 * takes capitals and encoded letters for the plain ones.
 */
export function isUnknownApiPath(path: string): boolean {
  if (methodsByPath.some(([pattern]) => pattern.test(path))) return false;
  try {
    return decodeURIComponent(path).toLowerCase().startsWith("/api/");
  } catch {
    return false;
  }
}
