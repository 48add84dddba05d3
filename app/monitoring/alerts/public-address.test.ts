import type { LookupAddress } from "node:dns";
import { describe, expect, it } from "vitest";
import { isPublicAddress, publicLookup } from "./public-address";

describe("a public address", () => {
  it.each(["1.1.1.1", "34.193.0.1", "172.15.0.1", "100.63.0.1", "2606:4700:4700::1111"])(
    "is %s",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    ["this host", "0.0.0.0"],
    ["private", "10.1.2.3"],
    ["private", "172.16.0.1"],
    ["private", "172.31.255.255"],
    ["private", "192.168.1.1"],
    ["shared", "100.64.0.1"],
    ["metadata of Alibaba", "100.100.100.200"],
    ["loopback", "127.0.0.1"],
    ["loopback", "127.9.9.9"],
    ["metadata of most clouds", "169.254.169.254"],
    ["metadata of Azure", "168.63.129.16"],
    ["multicast", "224.0.0.1"],
    ["broadcast", "255.255.255.255"],
    ["unspecified", "::"],
    ["loopback", "::1"],
    ["loopback as IPv6", "::ffff:127.0.0.1"],
    ["translated loopback", "64:ff9b::7f00:1"],
    ["6to4 loopback", "2002:7f00:1::"],
    ["unique local, AWS metadata", "fd00:ec2::254"],
    ["link-local", "fe80::1"],
    ["link-local with a zone", "fe80::1%eth0"],
    ["multicast", "ff02::1"],
    ["documentation", "2001:db8::1"],
    ["no address", "localhost"],
  ])("is not %s, %s", (_what, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe("the lookup", () => {
  const finds = (...addresses: string[]) =>
    publicLookup((_hostname, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      ),
    );

  function look(
    lookup: ReturnType<typeof publicLookup>,
    all: boolean,
  ): Promise<{ error: Error | null; found: string | LookupAddress[] }> {
    return new Promise((resolve) => {
      lookup("hooks.example", { all }, (error, found) => resolve({ error, found }));
    });
  }

  it("gives public addresses only", async () => {
    const lookup = finds("127.0.0.1", "1.1.1.1", "fd00::1");
    expect(await look(lookup, true)).toEqual({
      error: null,
      found: [{ address: "1.1.1.1", family: 4 }],
    });
    expect(await look(lookup, false)).toEqual({ error: null, found: "1.1.1.1" });
  });

  it("fails where there is none", async () => {
    for (const all of [true, false]) {
      const { error } = await look(finds("10.0.0.1", "::1"), all);
      expect(error?.message).toBe("The receiver has no public address");
    }
  });

  it("hands on what the resolver could not find", async () => {
    const lookup = publicLookup((_hostname, _options, callback) =>
      callback(Object.assign(new Error("no such host"), { code: "ENOTFOUND" }), []),
    );
    expect((await look(lookup, true)).error?.message).toBe("no such host");
  });
});
