/** Descriptions by which people recognise their own sessions. */

const browsers: Array<[pattern: RegExp, name: string]> = [
  [/\bEdgA?\/|\bEdgiOS\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/\bChrome\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const systems: Array<[pattern: RegExp, name: string]> = [
  [/\biPhone\b|\biPad\b/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

/** "Firefox on Linux"; undefined parts are left out. */
export function browserName(userAgent: string): string {
  const nameIn = (list: typeof browsers) => list.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = nameIn(browsers) ?? "Another browser";
  const system = nameIn(systems);
  return system === undefined ? browser : `${browser} on ${system}`;
}

/**
 * The first half of an IPv4 address, or the first two groups of an IPv6 address: enough to tell one's home
 * from another country, but not a full address. @param ip as `normaliseAddress` returns it
 */
export function networkInShort(ip: string | undefined): string | null {
  if (ip === undefined) return null;
  const separator = ip.includes(":") ? ":" : ".";
  return `${ip.split(separator).slice(0, 2).join(separator)}${separator}…`;
}
