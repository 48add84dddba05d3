import { livenessSchema, readinessSchema } from "../bodies";
import { answer, errorExample, example, header, text, unauthorized } from "./parts";

const documentHeaders = {
  ETag: header(
    "Changes with the document; to be sent back as `If-None-Match`.",
    { type: "string", pattern: '^W\\/"[\\w-]+"$' },
    'W/"iHhy7pXQ6xkLTAdl"',
  ),
  "Cache-Control": header("How long it may be kept without asking again.", {
    const: "public, max-age=300",
  }),
  "Access-Control-Allow-Origin": header("Scripts of every origin may read it.", { const: "*" }),
};

/** The paths that supervisors, load balancers, Prometheus and client generators call. */
export const processPaths = {
  "/healthz": {
    get: {
      operationId: "isAlive",
      tags: ["Health and metrics"],
      summary: "Whether the process answers",
      description:
        "For a supervisor that restarts a process. It does not check PostgreSQL or Redis.",
      responses: {
        200: answer("The process answers.", [
          example(livenessSchema, "alive", "It answers", { status: "ok" }),
        ]),
      },
    },
  },
  "/readyz": {
    get: {
      operationId: "isReady",
      tags: ["Health and metrics"],
      summary: "Whether PostgreSQL and Redis answer",
      description: "For a load balancer. Each has a second to answer.",
      responses: {
        200: answer("Both answer.", [
          example(readinessSchema, "ready", "Ready", {
            status: "ready",
            checks: { postgres: "ok", redis: "ok" },
            warnings: [],
          }),
        ]),
        503: answer("At least one does not.", [
          example(readinessSchema, "redisAway", "Redis is away", {
            status: "unavailable",
            checks: { postgres: "ok", redis: "unavailable" },
            warnings: [],
          }),
          example(readinessSchema, "databaseAway", "PostgreSQL is away", {
            status: "unavailable",
            checks: { postgres: "unavailable", redis: "ok" },
            warnings: [],
          }),
        ]),
      },
    },
  },
  "/metrics": {
    get: {
      operationId: "readMetrics",
      tags: ["Health and metrics"],
      summary: "Numbers for Prometheus",
      description: "In Prometheus' text format. It exists only where `METRICS_TOKEN` is set.",
      security: [{ metricsToken: [] }],
      responses: {
        200: {
          description: "Every metric of this process and of the DAO.",
          content: text(
            "text/plain",
            "metrics",
            "The first lines",
            '# HELP forum_views_requests_total Requests to count a view, by outcome.\n# TYPE forum_views_requests_total counter\nforum_views_requests_total{outcome="counted"} 145\n',
          ),
        },
        401: unauthorized(
          "No token, or a wrong one.",
          "The token is missing or wrong",
          "METRICS_TOKEN is needed as a bearer token",
        ),
        404: answer("`METRICS_TOKEN` is not set.", [
          errorExample("notSet", "There are no metrics here", {
            code: "not_found",
            message: "METRICS_TOKEN is not set",
          }),
        ]),
      },
    },
  },
  "/api/v1/openapi.json": {
    get: {
      operationId: "readApiDocument",
      tags: ["This document"],
      summary: "This description, as OpenAPI 3.1",
      description: "For client generators and API tools. For people there is a page, `/docs/api`.",
      parameters: [
        {
          name: "If-None-Match",
          in: "header",
          description: "The `ETag` of a cached copy.",
          schema: { type: "string" },
          example: 'W/"iHhy7pXQ6xkLTAdl"',
        },
      ],
      responses: {
        200: {
          description: "The document.",
          headers: documentHeaders,
          content: {
            "application/json": {
              schema: { type: "object", required: ["openapi", "info", "paths"] },
              examples: {
                document: {
                  summary: "Its beginning",
                  value: { openapi: "3.1.0", info: { title: "Forum Views" }, paths: {} },
                },
              },
            },
          },
        },
        304: { description: "The copy is still current.", headers: documentHeaders },
      },
    },
  },
};
