import { describe, expect, it } from "vitest";
import { fieldProblems } from "~/lib/field-problems";
import { topicsRequestSchema } from "./topics.server";

const topic = (change: object = {}) => ({ topicId: "1", title: "One", ...change });

function problems(body: unknown): string[] {
  const parsed = topicsRequestSchema.safeParse(body);
  if (parsed.success) return [];
  return fieldProblems(parsed.error).map(({ field, message }) => `${field} ${message}`);
}

describe("a request to write topics", () => {
  it("may say all of a topic, or its title alone", () => {
    const whole = {
      ...topic({ topicId: "2", url: "https://forum.example/2", category: "Meta" }),
      ...{ createdAt: "2026-01-02T03:04:05+02:00", hidden: true },
    };
    const nothing = topic({ topicId: "3", url: null, category: null, createdAt: null });
    expect(problems({ topics: [topic(), whole, nothing] })).toEqual([]);
    expect(problems({ topics: [] })).toEqual([]);
  });

  it.each<[unknown, string]>([
    [null, "body must be an object"],
    [{}, "topics must be a list"],
    [
      { topics: Array.from({ length: 1_001 }, (_, id) => topic({ topicId: `${id}` })) },
      "topics must have at most 1000 topics",
    ],
    [{ topics: [topic(), "two"] }, "topics[1] must be an object"],
    [
      { topics: [topic({ topicId: "a b" })] },
      "topics[0].topicId must be 1 to 100 letters, digits, hyphens or underscores",
    ],
    [{ topics: [{ topicId: "1" }] }, "topics[0].title must be a string"],
    [{ topics: [topic({ title: "\u202e\u0000 " })] }, "topics[0].title must not be empty"],
    [
      { topics: [topic({ url: "javascript:alert(1)" })] },
      "topics[0].url must be an http or https URL",
    ],
    [
      { topics: [topic({ url: `https://a.example/${"a".repeat(2_000)}` })] },
      "topics[0].url must have at most 2000 characters",
    ],
    [{ topics: [topic({ category: 7 })] }, "topics[0].category must be a string"],
    [
      { topics: [topic({ createdAt: "yesterday" })] },
      "topics[0].createdAt must be a time such as 2026-01-15T14:23:45Z",
    ],
    [{ topics: [topic({ hidden: "no" })] }, "topics[0].hidden must be true or false"],
    [{ topics: [topic({ tilte: "" })] }, "topics[0].tilte is not known"],
    [
      { topics: [topic(), topic({ topicId: "2" }), topic()] },
      "topics[2].topicId is the id of topics[0], too",
    ],
  ])("names the field that is wrong: %#", (body, problem) => {
    expect(problems(body)).toEqual([problem]);
  });
});
