import { isIPv4, isIPv6 } from "node:net";

/**
 * An IP address in one standard spelling, however a proxy or a socket spelled it: without a port, brackets or
 * a zone, IPv4-mapped IPv6 as IPv4, and every group of IPv6 written out. Undefined if it is no address.
 */
export function normaliseAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bare = withoutPort(text.trim()).split("%", 1)[0] ?? "";
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return undefined;
  const groups = ipv6Groups(bare);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (!isMapped) return groups.map((group) => group.toString(16)).join(":");
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
}

/**
 * What limits count as one client: an IPv4 address, or the /64 of an IPv6 address, because a single client
 * is given a whole /64 and can change its address within it at will.
 * @param address as `normaliseAddress` returns it; clients without one share a network
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return "unknown";
  if (!address.includes(":")) return address;
  return `${address.split(":").slice(0, 4).join(":")}::/64`;
}

/** `1.2.3.4:5678` and `[2001:db8::1]:443` without their ports; a bare IPv6 address as it is. */
function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  return bracketed ?? text.replace(/^([\d.]+):\d+$/, "$1");
}

/** The eight groups of a valid IPv6 address. */
function ipv6Groups(address: string): number[] {
  // In the host of a URL, an IPv4 address at the end is written in hex like the rest.
  const { hostname } = new URL(`http://[${address}]`);
  const [before = [], after] = hostname.slice(1, -1).split("::").map(parseGroups);
  if (after === undefined) return before;
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function parseGroups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}
