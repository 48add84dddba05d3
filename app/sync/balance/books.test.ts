import { describe, expect, it } from "vitest";
import { balancedBooks as books } from "../../../tests/helpers/balanced-books";
import { booksView, isRegressed, isWiped } from "./books.server";

describe("what the books say", () => {
  it("balance, whether or not a run is active", () => {
    expect(booksView(books, false)).toEqual({ state: "balanced", difference: 0 });
    expect(booksView(books, true)).toEqual({ state: "balanced", difference: 0 });
  });

  it("are off only when nothing is on the move", () => {
    const off = { ...books, difference: -2 };
    expect(booksView(off, false)).toEqual({ state: "off", difference: -2 });
    expect(booksView(off, true)).toEqual({ state: "checking", difference: null });
    expect(booksView({ ...off, isSettled: false }, false).state).toBe("checking");
  });

  it("know that they know nothing", () => {
    expect(booksView(undefined, false).state).toBe("unknown");
  });

  it("tell a wiped Redis from a new one", () => {
    expect(isWiped({ lastBatch: undefined, highWater: 3 })).toBe(true);
    expect(isWiped({ lastBatch: undefined, highWater: 0 })).toBe(false);
    expect(isWiped({ lastBatch: 2, highWater: 3 })).toBe(false);
  });

  it("know a Redis that went back, and not by two readings that do not belong together", () => {
    expect(isRegressed({ ...books, lastBatch: 2 })).toBe(true);
    expect(isRegressed({ ...books, lastBatch: 2, isSettled: false })).toBe(false);
    expect(isRegressed({ ...books, lastBatch: 4 })).toBe(false);
    expect(isRegressed({ ...books, lastBatch: undefined })).toBe(false);
  });
});
