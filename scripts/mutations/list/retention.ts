import type { Mutation } from "../mutation";

const statements = "app/retention/cleanup-statements.ts";
const cleanup = "app/retention/cleanup.server.ts";
const cleanupTest = "tests/integration/cleanup.test.ts";
const topicsTest = "tests/integration/cleanup-topics.test.ts";

export const retention: Mutation[] = [
  {
    name: "removes-behind-batches",
    guard: "A topic whose last batch may still be open keeps its row, which knows that batch",
    file: statements,
    find: `    AND batch_id < (SELECT last_batch_id FROM view_books WHERE dao_slug = $1)
`,
    replace: "",
    tests: [topicsTest],
  },
  {
    name: "removes-nothing-pending",
    guard: "A topic with views on their way stays",
    file: cleanup,
    find: "if (overlay + batch + parked > 0)",
    replace: "if (overlay + batch + parked < 0)",
    tests: [topicsTest],
  },
  {
    name: "books-what-it-removes",
    guard: "The books tell what cleanups have removed",
    file: statements,
    find: "removed_views = removed_views + counted.views",
    replace: "removed_views = removed_views",
    tests: [topicsTest],
  },
  {
    name: "removes-days-before-it-books",
    guard: "A cleanup that waits for rows of a topic does not hold the books meanwhile",
    file: statements,
    find: "FROM counted, (SELECT count(*) FROM daily) AS after_daily",
    replace: "FROM counted",
    tests: [topicsTest],
  },
  {
    name: "keeps-the-running-run",
    guard: "The run that is running is never deleted",
    file: statements,
    find: " AND runs.status <> 'running'",
    replace: "",
    tests: [cleanupTest],
  },
  {
    name: "keeps-what-explains-a-failure",
    guard: "An error, and with it its run, stays while the target is still failing",
    file: statements,
    find: "AND failing.target = errors.target AND failing.last_run_id = errors.run_id",
    replace: "AND false",
    tests: [cleanupTest],
  },
];
