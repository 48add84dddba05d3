import { describe, expect, it } from "vitest";
import { sortMembers, targetLabel } from "./sort-members";

describe("sortMembers", () => {
  it("tells what can be applied from what cannot, and sorts it as the index does", () => {
    const sorted = sortMembers([
      { member: "forum_topic:b", views: 2 },
      { member: "topic:c", views: 3 },
      { member: "forum_topic:a", views: 1 },
      { member: "post:1", views: 4 },
      { member: "forum_topic:d", views: 0.5 },
    ]);
    expect(sorted.applicable).toEqual([
      { target: "forum_topic:a", topicId: "a", views: 1 },
      { target: "forum_topic:b", topicId: "b", views: 2 },
    ]);
    expect(sorted.renamed).toEqual(["topic:c"]);
    expect(sorted.failing).toEqual([
      { target: "topic:c", topicId: "c", views: 3, error: "Counted under an older name" },
      { target: "post:1", topicId: null, views: 4, error: "Unknown target type" },
      { target: "forum_topic:d", topicId: "d", views: 0, error: "Invalid view count" },
    ]);
  });

  it("takes exactly the counts that a topic can have", () => {
    const views = [1, 2_147_483_647, 0, -1, 2_147_483_648, NaN, Infinity, 2 ** 53];
    const sorted = sortMembers(
      views.map((count, index) => ({ member: `forum_topic:${index}`, views: count })),
    );
    expect(sorted.applicable.map((entry) => entry.views)).toEqual([1, 2_147_483_647]);
    expect(sorted.failing.map((entry) => entry.views)).toEqual([0, 0, 2_147_483_648, 0, 0, 0]);
  });
});

describe("targetLabel", () => {
  it("is the target itself where it can be shown", () => {
    expect(targetLabel("forum_topic:12345")).toBe("forum_topic:12345");
    expect(targetLabel("post:a b")).toBe("post:a b");
  });

  it("never holds what a log or PostgreSQL cannot, and tells two members apart", () => {
    const odd = [
      Buffer.from([0xff, 0x00]),
      Buffer.from([0xfe, 0x00]),
      "line\nbreak",
      "nul\0",
      "y".repeat(5_000),
      "y".repeat(5_001),
    ];
    const labels = odd.map(targetLabel);
    expect(new Set(labels).size).toBe(odd.length);
    for (const label of labels) {
      expect(label).toMatch(/^[\x20-\x7e·…]*$/);
      expect(label.length).toBeLessThan(250);
    }
  });
});
