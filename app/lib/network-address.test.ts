import { describe, expect, it } from "vitest";
import { networkOf, normaliseAddress } from "./network-address";

describe("normaliseAddress", () => {
  it.each([
    ["203.0.113.9", "203.0.113.9"],
    [" 203.0.113.9 ", "203.0.113.9"],
    ["203.0.113.9:4711", "203.0.113.9"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["::FFFF:CB00:7109", "203.0.113.9"],
    ["0:0:0:0:0:ffff:203.0.113.9", "203.0.113.9"],
    ["[::ffff:203.0.113.9]:443", "203.0.113.9"],
    ["2001:db8::1", "2001:db8:0:0:0:0:0:1"],
    ["2001:0DB8:0:0::1", "2001:db8:0:0:0:0:0:1"],
    ["[2001:db8::1]", "2001:db8:0:0:0:0:0:1"],
    ["[2001:db8::1]:443", "2001:db8:0:0:0:0:0:1"],
    ["fe80::1%eth0", "fe80:0:0:0:0:0:0:1"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0:0:0:c000:201"],
    ["::", "0:0:0:0:0:0:0:0"],
    ["1::", "1:0:0:0:0:0:0:0"],
  ])("brings %j to %s", (text, address) => {
    expect(normaliseAddress(text)).toBe(address);
    expect(normaliseAddress(address)).toBe(address);
  });

  it.each([
    undefined,
    "",
    "unknown",
    "_hidden",
    "203.0.113",
    "203.0.113.256",
    "0x7f.0.0.1",
    "010.0.0.1",
    "2130706433",
    "203.0.113.9:",
    "203.0.113.9:80:80",
    "[203.0.113.9",
    "2001:db8::1::2",
    "12345::",
    "forum.example",
  ])("takes %j for no address", (text) => {
    expect(normaliseAddress(text)).toBeUndefined();
  });
});

describe("networkOf", () => {
  it.each([
    ["203.0.113.9", "203.0.113.9"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8:0:0:ffff::2", "2001:db8:0:0::/64"],
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["nonsense", "unknown"],
  ])("of %s is %s", (text, network) => {
    expect(networkOf(normaliseAddress(text))).toBe(network);
  });
});
