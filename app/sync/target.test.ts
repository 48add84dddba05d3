import { describe, expect, it } from "vitest";
import { parseTarget, readTarget } from "./target";

describe("readTarget", () => {
  it.each([
    ["forum_topic:12345", { kind: "topic", topicId: "12345" }],
    [`forum_topic:${"x".repeat(100)}`, { kind: "topic", topicId: "x".repeat(100) }],
    ["topic:abc-_Z", { kind: "alias", topicId: "abc-_Z" }],
    ["post:1", { kind: "malformed", reason: "Unknown target type" }],
    ["", { kind: "malformed", reason: "Unknown target type" }],
    ["forum_topic:", { kind: "malformed", reason: "Invalid topic ID" }],
    ["forum_topic:1:2", { kind: "malformed", reason: "Invalid topic ID" }],
    ["forum_topic:1\n", { kind: "malformed", reason: "Invalid topic ID" }],
    [`forum_topic:${"x".repeat(101)}`, { kind: "malformed", reason: "Invalid topic ID" }],
  ])("reads %j", (text, reading) => {
    expect(readTarget(text)).toEqual(reading);
  });
});

describe("parseTarget", () => {
  it("splits at the first colon", () => {
    expect(parseTarget("a:b:c")).toEqual({ targetType: "a", targetId: "b:c" });
    expect(parseTarget("a")).toEqual({ targetType: "a", targetId: "" });
  });
});
