import { createHash, timingSafeEqual } from "node:crypto";

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/**
 * Whether the request carries one of these secrets as `Authorization: Bearer <secret>`. Digests are
 * compared, so that the time taken tells neither the length nor the content of a secret; every secret
 * is compared, so that it does not tell which one matched. Without any secret nobody is let in.
 */
export function hasBearer(request: Request, secrets: Array<string | undefined>): boolean {
  const header = request.headers.get("Authorization") ?? "";
  const given = /^Bearer ([^\s]+)$/i.exec(header)?.[1];
  if (given === undefined) return false;
  const givenDigest = digest(given);
  let matches = false;
  for (const secret of secrets) {
    if (secret !== undefined && timingSafeEqual(givenDigest, digest(secret))) matches = true;
  }
  return matches;
}
