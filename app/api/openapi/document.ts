/** The OpenAPI document. Its bodies are made from the zod schemas; its paths are written by hand. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { version } from "../../../package.json";
import { namedBodies } from "../bodies";
import { cronPaths } from "./cron-paths";
import { processPaths } from "./process-paths";
import { statsPaths } from "./stats-paths";
import { topicsPaths } from "./topics-paths";
import { viewsPaths } from "./views-paths";

/** How long a tool may keep the document without asking again. */
const MAX_AGE_SECONDS = 300;

/** What applies to all operations. */
const description = `
Views of forum topics are counted in Redis and moved into PostgreSQL by a sync that a cron calls. No view is lost on the way, and none is counted twice.

Bodies are JSON in UTF-8. Errors of the sync and of the cleanup have bodies of their own, as documented; every other error is \`error\` with a \`code\` for programs and a \`message\` for people. Times are UTC, in ISO 8601.

Every path but those two answers HEAD as it answers GET. Another method than the documented ones gets 405 with \`Allow\`, and a path that is not here 404. Answers carry \`Cache-Control: no-store\`, unless they say something else below.
`.trim();

const tags = [
  { name: "Views", description: "For forum pages: count views, and show them." },
  { name: "Topics", description: "For a forum's server: titles and other facts of topics." },
  { name: "Statistics", description: "For dashboards and reports: what is read, and when." },
  { name: "Sync", description: "For the cron that moves pending views into PostgreSQL." },
  { name: "Cleanup", description: "For the cron that deletes data past their retention." },
  { name: "Health and metrics", description: "For supervisors, load balancers and Prometheus." },
  { name: "This document", description: "The API describes itself." },
];

const securitySchemes = {
  cronSecret: {
    type: "http",
    scheme: "bearer",
    description:
      "The value of `CRON_SECRET`. While it is rotated, that of `CRON_SECRET_PREVIOUS` too.",
  },
  apiToken: {
    type: "http",
    scheme: "bearer",
    description:
      "An API token with the scope that the operation names. An admin creates it on the page Tokens, or with `npm run token:create`. A token in a URL is refused.",
  },
  metricsToken: { type: "http", scheme: "bearer", description: "The value of `METRICS_TOKEN`." },
};

/** @param origin where the API is reached */
export function createDocument(origin: string) {
  return {
    openapi: "3.1.0",
    info: { title: "Forum Views", version, description },
    servers: [{ url: origin }],
    tags,
    paths: { ...viewsPaths, ...topicsPaths, ...statsPaths, ...cronPaths, ...processPaths },
    components: { schemas: bodySchemas(), securitySchemes },
  };
}

function bodySchemas() {
  const { schemas } = z.toJSONSchema(namedBodies, {
    uri: (id) => `#/components/schemas/${id}`,
    override({ jsonSchema }) {
      // These tell a reader nothing: JavaScript's largest integer as a maximum, and patterns of dates.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.format?.startsWith("date")) delete jsonSchema.pattern;
    },
  });
  // The document names the dialect once for all schemas, and a schema is identified by its place in it.
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema]),
  );
}

/** Answers `GET /api/v1/openapi.json` for the deployment at `origin`. */
export function openApiEndpoint(origin: string): (request: Request) => Response {
  const text = JSON.stringify(createDocument(origin), null, 2);
  // Weak, because the same document is sent with and without compression.
  const etag = `W/"${createHash("sha256").update(text).digest("base64url").slice(0, 16)}"`;
  const headers = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": `public, max-age=${MAX_AGE_SECONDS}`,
    ETag: etag,
  };
  return (request) => {
    const known = (request.headers.get("If-None-Match") ?? "").split(",").map((tag) => tag.trim());
    if (known.includes(etag)) return new Response(null, { status: 304, headers });
    return new Response(text, {
      headers: { ...headers, "Content-Type": "application/json; charset=utf-8" },
    });
  };
}
