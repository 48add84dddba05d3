import { describe, expect, it } from "vitest";
import { browserName, networkInShort } from "./client-description";

describe("browserName", () => {
  it.each([
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
      "Edge on Windows",
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
      "Safari on iOS",
    ],
    ["curl/8.5.0", "Another browser"],
    ["", "Another browser"],
  ])("%s", (userAgent, name) => {
    expect(browserName(userAgent)).toBe(name);
  });
});

describe("networkInShort", () => {
  it.each([
    ["203.0.113.7", "203.0.…"],
    ["2001:db8:0:0:0:0:0:1", "2001:db8:…"],
    [undefined, null],
  ])("%s", (ip, network) => {
    expect(networkInShort(ip)).toBe(network);
  });
});
