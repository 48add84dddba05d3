import type { ApiDocument } from "./document-types";
import type { TagName } from "./operation";

/** What holds for all operations. */
export const introduction = [
  "Views of forum topics are counted in Redis and moved into PostgreSQL by a sync that a cron calls. No view is lost on the way, and none is counted twice.",
  "Bodies are JSON in UTF-8. Errors of the sync and of the cleanup have bodies of their own, as documented; every other error is `error` with a `code` for programs and a `message` for people. Times are UTC, in ISO 8601.",
  "Every path but those two answers HEAD as it answers GET. Another method than the documented ones gets 405 with `Allow`, and a path that is not here 404. Answers carry `Cache-Control: no-store`, unless they say something else below.",
].join("\n\n");

export const tags: Array<{ name: TagName; description: string }> = [
  { name: "Views", description: "For forum pages: count views, and show them." },
  { name: "Sync", description: "For the cron that moves pending views into PostgreSQL." },
  { name: "Cleanup", description: "For the cron that deletes what nobody needs any more." },
  {
    name: "Health and metrics",
    description: "For supervisors, load balancers and Prometheus.",
  },
  { name: "This document", description: "The API describes itself." },
];

export const securitySchemes: ApiDocument["components"]["securitySchemes"] = {
  cronSecret: {
    type: "http",
    scheme: "bearer",
    description:
      "The value of `CRON_SECRET`. While it is rotated, that of `CRON_SECRET_PREVIOUS` too.",
  },
  metricsToken: { type: "http", scheme: "bearer", description: "The value of `METRICS_TOKEN`." },
};
