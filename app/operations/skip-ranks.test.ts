import { describe, expect, it } from "vitest";
import { skipRanks } from "./skip-ranks";

describe("skipRanks", () => {
  it.each([
    { skipped: [] },
    { skipped: [0] },
    { skipped: [0, 1, 2] },
    { skipped: [3] },
    { skipped: [1, 2, 7, 8, 9, 15] },
  ])("finds what is left when $skipped are left out", ({ skipped }) => {
    const left = Array.from({ length: 30 }, (_, rank) => rank).filter(
      (rank) => !skipped.includes(rank),
    );
    left.forEach((rank, index) => expect(skipRanks(skipped, index)).toBe(rank));
  });
});
