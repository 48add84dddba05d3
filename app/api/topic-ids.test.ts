import { describe, expect, it } from "vitest";
import { parseTopicIds } from "./topic-ids";

describe("parseTopicIds", () => {
  it("keeps the order and answers a repeated id once", () => {
    expect(parseTopicIds("3,1,3,2")).toEqual({ topicIds: ["3", "1", "2"] });
  });

  it.each([null, "", "1,", ",", "a b", "1, 2"])("refuses %j", (text) => {
    expect(parseTopicIds(text)).toMatchObject({ problem: { field: "topicIds" } });
  });

  it("takes 200 and no more", () => {
    const ids = (count: number) => Array.from({ length: count }, (_, id) => id).join(",");
    expect(parseTopicIds(ids(200))).toHaveProperty("topicIds");
    expect(parseTopicIds(ids(201))).toHaveProperty("problem");
  });
});
