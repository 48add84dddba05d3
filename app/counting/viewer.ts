import { randomBytes } from "node:crypto";
import { networkOf } from "~/lib/network-address";
import type { Viewer } from "./mark-epochs";

/** What a request tells about who is looking. */
export interface ViewerSignals {
  /** A wallet address, `0x` and 40 hex digits. */
  address?: string | null | undefined;
  ip: string | undefined;
  userAgent: string | undefined;
}

/**
 * What tells one viewer from another. It is kept nowhere: marks have a few bytes of its keyed hash, under a secret
 * that is forgotten with them. Somebody who cannot be told apart is always new.
 */
export function viewerOf({ address, ip, userAgent }: ViewerSignals): Viewer {
  if (address) return { name: `user:${address.toLowerCase()}` };
  if (ip === undefined) return { name: `anon:${randomBytes(16).toString("hex")}` };
  return { name: `ip:${ip}\n${userAgent ?? ""}`, network: networkOf(ip) };
}
