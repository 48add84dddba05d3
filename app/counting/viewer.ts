import { randomBytes } from "node:crypto";
import { networkOf } from "~/lib/network-address";
import type { Viewer } from "./mark-epochs";

/** What a request says about its viewer. */
export interface ViewerSignals {
  /** A wallet address, `0x` and 40 hex digits. */
  address?: string | null | undefined;
  ip: string | undefined;
  userAgent: string | undefined;
}

/**
 * Tells one viewer from another. The name is stored nowhere: marks hold a few bytes of its keyed hash, under
 * a secret that is forgotten with them. A viewer without an address gets a new name each time.
 */
export function viewerOf({ address, ip, userAgent }: ViewerSignals): Viewer {
  if (address) return { name: `user:${address.toLowerCase()}` };
  if (ip === undefined) return { name: `anon:${randomBytes(16).toString("hex")}` };
  return { name: `ip:${ip}\n${userAgent ?? ""}`, network: networkOf(ip) };
}
