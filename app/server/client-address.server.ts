import type { IncomingMessage } from "node:http";
import proxyaddr from "proxy-addr";
import { normaliseAddress } from "~/lib/network-address";

/** The normalised address of the client that made a request; undefined where it is not known. */
export type ClientAddress = (request: IncomingMessage) => string | undefined;

/**
 * Believes `X-Forwarded-For` as far as each hop that passed it on is one of `proxies`. Hops are normalised
 * first: a proxy that is written with a port or as an IPv4-mapped address is the same proxy.
 */
export function clientAddressBehind(proxies: string[]): ClientAddress {
  const isProxy = proxyaddr.compile(proxies);
  const isTrusted = (hop: string, distance: number) => {
    const address = normaliseAddress(hop);
    return address !== undefined && isProxy(address, distance);
  };
  return (request) => normaliseAddress(proxyaddr(request, isTrusted));
}
