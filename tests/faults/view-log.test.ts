import { describe, expect, it } from "vitest";
import { ViewLog, type ViewAnswer } from "./view-log";

function logOf(...answers: ViewAnswer[]): ViewLog {
  const log = new ViewLog();
  for (const answer of answers) {
    log.sending("a");
    log.answered("a", answer);
  }
  return log;
}

const persisted = (views: number) => new Map([["a", views]]);

describe("the log of views", () => {
  it("allows what senders were answered, and no more", () => {
    const log = logOf("counted", "counted", "unknown", "refused");
    expect(log.compare(persisted(2))).toEqual([]);
    expect(log.compare(persisted(3))).toEqual([]);
    expect(log.compare(persisted(4))).toEqual([{ topicId: "a", persisted: 4, least: 2, most: 3 }]);
  });

  it("names a topic whose views are lost, also when nothing of it is persisted", () => {
    const lost = { topicId: "a", persisted: 0, least: 1, most: 1 };
    expect(logOf("counted").compare(new Map())).toEqual([lost]);
  });

  it("names a topic that nobody has sent a view to", () => {
    const [deviation] = new ViewLog().compare(persisted(1));
    expect(deviation).toMatchObject({ topicId: "a", most: 0 });
  });

  it("reports a deviation once", () => {
    const log = logOf("counted");
    expect(log.compare(persisted(3))).toHaveLength(1);
    expect(log.compare(persisted(3))).toEqual([]);
    expect(log.compare(persisted(2))).toHaveLength(1);
    expect(log.compare(persisted(2))).toEqual([]);
  });

  it("takes into account what a fault outside of the promise does", () => {
    const log = logOf("counted", "counted");
    log.risk("a", 1);
    expect(log.compare(persisted(1))).toEqual([]);
    expect(log.compare(persisted(0))).toHaveLength(1);
    const doubled = logOf("counted");
    doubled.adjust("a", 1);
    expect(doubled.compare(persisted(2))).toEqual([]);
    expect(doubled.sent("a")).toBe(2);
  });
});
