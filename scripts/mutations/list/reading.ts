import { guardsOf } from "../mutation";
import { simulation } from "./test-files";

const booksTest = "app/sync/balance/books.test.ts";

export const reading = [
  ...guardsOf("app/counting/topic-views.server.ts", simulation, {
    "reader-reads-again": {
      guard: "A reader starts again when a batch was opened while it read",
      find: "(row) => row.highWater > pending.lastBatch",
      replace: "() => false",
    },
    "reader-compares-the-batch": {
      guard: "A topic's share of the open batch counts only while PostgreSQL has not taken it",
      find: "(isTaken ? 0 : batch)",
      replace: "batch",
    },
    "reader-adds-the-batch": {
      guard: "A topic's share of the open batch is not forgotten while it is on its way",
      find: "overlay + (isTaken ? 0 : batch)",
      replace: "overlay",
    },
    "reader-redis-first": {
      guard: "A reader looks at Redis before it reads the row",
      find: `let pending = await tracker.getPending(targets);
      for (let reads = 1; ; reads += 1) {
        const rows = await this.#rows(topicIds);`,
      replace: `const rows = await this.#rows(topicIds);
      let pending = await tracker.getPending(targets);
      for (let reads = 1; ; reads += 1) {`,
    },
    "reader-adds-what-is-kept": {
      guard: "A topic's views are not forgotten while PostgreSQL keeps them",
      find: "kept + overlay",
      replace: "overlay",
    },
    "reader-after-a-wipe": {
      guard: "A reader is told what Redis holds after a wipe, not before it",
      find: "return combine(rows, again);",
      replace: "return combine(rows, pending);",
    },
  }),
  ...guardsOf("app/sync/balance/books.server.ts", simulation, {
    "books-read-until-settled": {
      guard: "The books compare the two stores only when PostgreSQL did not move meanwhile",
      find: "if (isSettled || reads >= MOST_READS)",
      replace: "if (reads >= 1)",
      test: "tests/integration/books.test.ts",
    },
    "books-know-what-is-taken": {
      guard: "Views of the open batch that PostgreSQL has taken are no pending ones",
      find: "database.lastBatch === Number(batch.id) ? database.batchTaken : 0",
      replace: "0",
    },
    "books-know-what-is-kept": {
      guard: "Views that PostgreSQL keeps are not missing",
      find: "- batch - kept",
      replace: "- batch",
    },
    "regression-only-when-settled": {
      guard: "A regression is told only from readings that belong together",
      find: "books.isSettled && books.lastBatch",
      replace: "books.lastBatch",
      test: booksTest,
    },
    "books-that-are-off": {
      guard: "Books that are off are not called balanced",
      find: `return { state: "off", difference };`,
      replace: `return { state: "balanced", difference };`,
      test: booksTest,
    },
  }),
];
