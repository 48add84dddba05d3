import { isIPv6 } from "node:net";

/**
 * What a limit for each client counts: an IPv4 address, or the /64 of an IPv6 address, because that is
 * what a single client is given and can change its address in at will.
 */
export function clientNetwork(ip: string | undefined): string {
  if (ip === undefined) return "unknown";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(ip)) return ip;
  const [start = "", end] = (ip.split("%")[0] ?? "").split("::");
  const before = groups(start);
  const after = groups(end ?? "");
  const zeros = end === undefined ? 0 : 8 - before.length - after.length;
  const all = [...before, ...Array<string>(zeros).fill("0"), ...after];
  return `${all
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}

function groups(text: string): string[] {
  // An embedded IPv4 address stands for two groups; they are outside of the /64.
  return text === "" ? [] : text.replace(/\d+\.\d+\.\d+\.\d+$/, "0:0").split(":");
}
