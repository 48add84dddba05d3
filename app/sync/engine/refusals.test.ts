import pg from "pg";
import { describe, expect, it } from "vitest";
import { readRefusal } from "./refusals";

function reported(code: string, message = "host=secret SELECT 1", constraint?: string) {
  const error = new pg.DatabaseError(message, 0, "error");
  error.code = code;
  error.constraint = constraint;
  error.severity = "ERROR";
  return error;
}

describe("readRefusal", () => {
  it.each([
    ["22003", "View count would exceed the largest that a topic can have"],
    ["22001", "The database cannot store this value"],
    ["23514", "Refused by a database constraint"],
  ])("takes %s for something about the rows, and shows no statement", (code, reason) => {
    expect(readRefusal(reported(code))).toEqual({ kind: "data", reason });
  });

  it("names the constraint, and repeats what a trigger says", () => {
    expect(readRefusal(reported("23514", "x", "views_positive"))).toEqual({
      kind: "data",
      reason: "Refused by the database constraint views_positive",
    });
    expect(readRefusal(reported("P0001", "topic is locked"))).toEqual({
      kind: "data",
      reason: "Refused by the database: topic is locked",
    });
  });

  it.each(["40001", "40P01"])("takes %s for something that passes", (code) => {
    expect(readRefusal(reported(code)).kind).toBe("transient");
  });

  it.each([
    ["55P03", "The topic's row is locked by another session"],
    ["57014", "The database took too long"],
  ])("knows %s for a statement that was held up", (code, reason) => {
    expect(readRefusal(reported(code))).toEqual({ kind: "stuck", reason });
  });

  it.each(["08006", "57P01", "53300", "40003", "25P02"])("guesses nothing from %s", (code) => {
    expect(readRefusal(reported(code))).toEqual({ kind: "unknown" });
  });

  it.each(["42501", "42P01", "XX000", "ZZ123"])("cannot tell what %s lies in", (code) => {
    expect(readRefusal(reported(code))).toEqual({
      kind: "unclear",
      reason: `Refused by the database (code ${code})`,
    });
  });

  it("guesses nothing from a broken connection", () => {
    expect(readRefusal(new Error("Connection terminated unexpectedly"))).toEqual({
      kind: "unknown",
    });
  });
});
