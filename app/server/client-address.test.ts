import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { clientAddressBehind, unnamedProxyBeside } from "./client-address.server";

function request(forwardedFor: string | undefined, remoteAddress = "127.0.0.1"): IncomingMessage {
  const headers = forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor };
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
}

describe("a client's address", () => {
  it("is the connection's, whatever is forwarded, where no proxy is named", () => {
    const addressOf = clientAddressBehind([]);
    expect(addressOf(request("203.0.113.9"))).toBe("127.0.0.1");
    expect(addressOf(request(undefined, "::ffff:203.0.113.9"))).toBe("203.0.113.9");
  });

  it.each([
    ["203.0.113.9", "203.0.113.9"],
    ["203.0.113.9:4711", "203.0.113.9"],
    ["::FFFF:CB00:7109", "203.0.113.9"],
    ["198.51.100.1, 203.0.113.9", "203.0.113.9"],
    ["203.0.113.9, 10.0.0.4", "203.0.113.9"],
    ["203.0.113.9, 10.0.0.4:5000", "203.0.113.9"],
    ["203.0.113.9, ::ffff:10.0.0.4", "203.0.113.9"],
    ["[2001:db8::1]:443", "2001:db8:0:0:0:0:0:1"],
    ["203.0.113.9, unknown", undefined],
    ["203.0.113.9, 0x7f.1", undefined],
    [undefined, "127.0.0.1"],
  ])("behind trusted proxies, with X-Forwarded-For: %s, is %s", (forwardedFor, address) => {
    const addressOf = clientAddressBehind(["loopback", "10.0.0.0/8"]);
    expect(addressOf(request(forwardedFor))).toBe(address);
  });
});

describe("a proxy that is not named", () => {
  it.each([
    [[], request("203.0.113.9", "::ffff:10.0.0.4"), "10.0.0.4"],
    [["10.0.0.5"], request("203.0.113.9", "10.0.0.4"), "10.0.0.4"],
    [["10.0.0.4"], request("203.0.113.9", "10.0.0.4"), undefined],
    [["10.0.0.0/8"], request("203.0.113.9, 8.8.8.8", "::ffff:10.0.0.4"), undefined],
    [[], request(undefined, "10.0.0.4"), undefined],
  ])("beside %j", (proxies, received, address) => {
    expect(unnamedProxyBeside(proxies)(received)).toBe(address);
  });

  it("may send Forwarded, too", () => {
    const { socket } = request(undefined, "10.0.0.4");
    const received = { headers: { forwarded: "for=203.0.113.9" }, socket } as IncomingMessage;
    expect(unnamedProxyBeside([])(received)).toBe("10.0.0.4");
  });
});
