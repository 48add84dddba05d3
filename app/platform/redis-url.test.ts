import { describe, expect, it } from "vitest";
import { parseRedisUrl } from "./redis-url";

const plain = {
  kind: "single",
  isTls: false,
  username: undefined,
  password: undefined,
  database: 0,
  master: "",
};

describe("parseRedisUrl", () => {
  it.each([
    ["redis://cache", { nodes: [{ host: "cache", port: 6379 }] }],
    ["redis://cache:6380/3", { nodes: [{ host: "cache", port: 6380 }], database: 3 }],
    ["redis://[::1]:7000/", { nodes: [{ host: "::1", port: 7000 }] }],
    [
      "rediss://forum:p%40ss%2Cword@cache.example",
      {
        nodes: [{ host: "cache.example", port: 6379 }],
        isTls: true,
        username: "forum",
        password: "p@ss,word",
      },
    ],
    ["redis://:a:b@c", { nodes: [{ host: "c", port: 6379 }], password: "a:b" }],
    [
      "redis+cluster://one-name.example:7000",
      { kind: "cluster", nodes: [{ host: "one-name.example", port: 7000 }] },
    ],
    [
      "redis+sentinel://forum:secret@s1,s2:26380/main/2",
      {
        kind: "sentinel",
        nodes: [
          { host: "s1", port: 26379 },
          { host: "s2", port: 26380 },
        ],
        username: "forum",
        password: "secret",
        master: "main",
        database: 2,
      },
    ],
    [
      "rediss+sentinel://s1/main",
      { kind: "sentinel", isTls: true, nodes: [{ host: "s1", port: 26379 }], master: "main" },
    ],
  ])("reads %s", (text, address) => {
    expect(parseRedisUrl(text)).toEqual({ ...plain, ...address });
  });

  it.each([
    "rediss://:secret@a:1,rediss://:secret@b:2",
    "rediss://:secret@a:1, rediss://b:2,",
    "rediss://:secret@a:1,b:2",
    "rediss+cluster://:secret@a:1,b:2/0",
  ])("reads %s as a cluster", (text) => {
    const nodes = [
      { host: "a", port: 1 },
      { host: "b", port: 2 },
    ];
    expect(parseRedisUrl(text)).toEqual({
      ...plain,
      kind: "cluster",
      isTls: true,
      password: "secret",
      nodes,
    });
  });

  it.each([
    ["", /^must be redis:/],
    ["cache:6379", /^must be redis:/],
    ["http://cache", /^must be redis:/],
    ["redis://", /^must be redis:/],
    ["redis://:6379", /^must be redis:/],
    ["redis://cache:seven", /^must be redis:/],
    ["redis://cache?family=6", /^must be redis:/],
    ["redis://a b", /^must be redis:/],
    ["redis://a:1/0,redis://b:2", /^must be redis:/],
    ["redis://a:1,rediss://b:2", /^must be redis:/],
    ["redis://:p#ss@a", /special characters of a password/],
    ["redis://:100%@a", /%/],
    ["redis://:one@a,redis://:two@b", /same user and password/],
    ["redis://a/first", /number of a database/],
    ["redis://a/0/0", /number of a database/],
    ["redis://a,redis://b/1", /a cluster has only 0/],
    ["redis+sentinel://a,b", /name of the master/],
    ["redis+sentinel://a/", /name of the master/],
  ])("refuses %j", (text, problem) => {
    expect(() => parseRedisUrl(text)).toThrow(problem);
  });
});
