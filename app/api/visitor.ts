import type { IncomingMessage } from "node:http";
import { isBot } from "~/counting/bots";
import type { View } from "~/counting/view-tracker.server";
import { viewerOf } from "~/counting/viewer";
import type { FieldProblem } from "~/lib/field-problems";
import { networkOf, normaliseAddress } from "~/lib/network-address";
import type { ClientAddress } from "~/server/client-address.server";
import type { ViewRequest } from "./bodies";

export const onlyTrusted = "is taken from callers with an API token that has views:write only";

/** Whom a view is counted for. */
export interface Visitor extends Pick<View, "viewer" | "client" | "network"> {
  isBot: boolean;
}

/** The visitor who sends the request. Fields that only a trusted caller may send are refused. */
export function visitorItself(
  body: ViewRequest,
  request: IncomingMessage,
  clientAddress: ClientAddress,
): Visitor | { problems: FieldProblem[] } {
  const forged = (["ip", "userAgent"] as const).filter((field) => body[field]);
  if (forged.length > 0) {
    return { problems: forged.map((field) => ({ field, message: onlyTrusted })) };
  }
  const ip = clientAddress(request);
  const userAgent = request.headers["user-agent"];
  const network = networkOf(ip);
  const viewer = viewerOf({ address: body.address, ip, userAgent });
  return { viewer, client: network, network, isBot: isBot(userAgent) };
}

/**
 * The visitor whom a trusted caller, such as a forum's server, names. The caller vouches for a wallet
 * address.
 */
export function visitorNamed(body: ViewRequest): Visitor | { problems: FieldProblem[] } {
  const { address, userAgent } = body;
  const ip = normaliseAddress(body.ip ?? undefined);
  if (!address && ip === undefined) {
    const message = "must be given, or address: the caller itself is no viewer";
    return { problems: [{ field: "ip", message }] };
  }
  const viewer = viewerOf({ address, ip, userAgent: userAgent ?? undefined });
  const network = ip === undefined ? undefined : networkOf(ip);
  return {
    viewer,
    client: network ?? viewer.name,
    network: address ? undefined : network,
    // A caller may leave the user agent out, so a missing one is no sign of a bot here.
    isBot: typeof userAgent === "string" && isBot(userAgent),
  };
}
