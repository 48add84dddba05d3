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
  const isTrusted = trustIn(proxies);
  return (request) => normaliseAddress(proxyaddr(request, isTrusted));
}

/** The address of a peer that passes a client's address on although it is none of `proxies`. */
export function unnamedProxyBeside(proxies: string[]): ClientAddress {
  const isTrusted = trustIn(proxies);
  return ({ headers, socket }) => {
    if (headers["x-forwarded-for"] === undefined && headers.forwarded === undefined)
      return undefined;
    const address = normaliseAddress(socket.remoteAddress);
    return address !== undefined && isTrusted(address, 0) ? undefined : address;
  };
}

function trustIn(proxies: string[]): (hop: string, distance: number) => boolean {
  const isProxy = proxyaddr.compile(proxies);
  return (hop, distance) => {
    const address = normaliseAddress(hop);
    return address !== undefined && isProxy(address, distance);
  };
}
