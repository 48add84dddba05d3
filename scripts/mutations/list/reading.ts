import type { Mutation } from "../mutation";
import { simulation } from "./test-files";

const reader = "app/counting/topic-views.server.ts";
const books = "app/sync/balance/books.server.ts";
const problems = "app/monitoring/problems.ts";
const overview = "tests/integration/presenters-overview.test.ts";

export const reading: Mutation[] = [
  {
    name: "reader-reads-again",
    guard: "A reader starts again when a batch was opened while it read",
    file: reader,
    find: "(row) => row.highWater > pending.lastBatch",
    replace: "() => false",
    tests: [simulation],
  },
  {
    name: "reader-compares-the-batch",
    guard: "A topic's share of the open batch counts only while PostgreSQL has not taken it",
    file: reader,
    find: "(isTaken ? 0 : batch)",
    replace: "batch",
    tests: [simulation],
  },
  {
    name: "reader-adds-the-batch",
    guard: "A topic's share of the open batch is not forgotten while it is on its way",
    file: reader,
    find: "overlay + (isTaken ? 0 : batch)",
    replace: "overlay",
    tests: [simulation],
  },
  {
    name: "reader-redis-first",
    guard: "A reader looks at Redis before it reads the row",
    file: reader,
    find: `let pending = await tracker.getPending(targets);
      for (let reads = 1; ; reads += 1) {
        const rows = await this.#rows(topicIds);`,
    replace: `const rows = await this.#rows(topicIds);
      let pending = await tracker.getPending(targets);
      for (let reads = 1; ; reads += 1) {`,
    tests: [simulation],
  },
  {
    name: "reader-adds-what-is-kept",
    guard: "A topic's views are not forgotten while PostgreSQL keeps them",
    file: reader,
    find: "kept + overlay",
    replace: "overlay",
    tests: [simulation],
  },
  {
    name: "reader-after-a-wipe",
    guard: "A reader is told what Redis holds after a wipe, not before it",
    file: reader,
    find: "return combine(rows, again);",
    replace: "return combine(rows, pending);",
    tests: [simulation],
  },
  {
    name: "books-read-until-settled",
    guard: "The books compare the two stores only when PostgreSQL did not move meanwhile",
    file: books,
    find: "if (isSettled || reads >= MOST_READS)",
    replace: "if (reads >= 1)",
    tests: ["tests/integration/books.test.ts"],
  },
  {
    name: "books-know-what-is-taken",
    guard: "Views of the open batch that PostgreSQL has taken are no pending ones",
    file: books,
    find: "database.lastBatch === Number(batch.id) ? database.batchTaken : 0",
    replace: "0",
    tests: [simulation],
  },
  {
    name: "books-know-what-is-kept",
    guard: "Views that PostgreSQL keeps are not missing",
    file: books,
    find: "- batch - kept",
    replace: "- batch",
    tests: [simulation],
  },
  {
    name: "regression-only-when-settled",
    guard: "A regression is told only from readings that belong together",
    file: books,
    find: "books.isSettled && books.lastBatch",
    replace: "books.lastBatch",
    tests: ["app/sync/balance/books.test.ts"],
  },
  {
    name: "banner-of-a-wipe",
    guard: "The dashboard says that Redis was wiped",
    file: problems,
    find: "if (isWiped(books)) {",
    replace: "if (isWiped({ ...books, highWater: 0 })) {",
    tests: [overview],
  },
  {
    name: "banner-of-a-regression",
    guard: "The dashboard says that Redis has lost a batch",
    file: problems,
    find: "isRegressed(books)",
    replace: "isRegressed({ ...books, highWater: 0 })",
    tests: ["tests/integration/regression.test.ts"],
  },
  {
    name: "books-that-are-off",
    guard: "Books that are off are not called balanced",
    file: books,
    find: `return { state: "off", difference };`,
    replace: `return { state: "balanced", difference };`,
    tests: ["app/sync/balance/books.test.ts"],
  },
];
