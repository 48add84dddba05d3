import { z } from "zod";
import { apiErrorSchema, livenessSchema, readinessSchema } from "./bodies";
import { authenticate } from "./headers";
import { shown, type AnswerHeader, type Operation } from "./operation";

const healthz: Operation = {
  method: "get",
  path: "/healthz",
  operationId: "isAlive",
  tag: "Health and metrics",
  summary: "Whether the process answers",
  description: "For a supervisor that restarts a process. It asks nothing of PostgreSQL and Redis.",
  answers: [
    {
      status: 200,
      description: "The process answers.",
      bodies: [shown(livenessSchema, "alive", "It answers", { status: "ok" })],
    },
  ],
};

const readyz: Operation = {
  method: "get",
  path: "/readyz",
  operationId: "isReady",
  tag: "Health and metrics",
  summary: "Whether PostgreSQL and Redis answer",
  description: "For a load balancer. Each has a second to answer.",
  answers: [
    {
      status: 200,
      description: "Both answer.",
      bodies: [
        shown(readinessSchema, "ready", "Ready", {
          status: "ready",
          checks: { postgres: "ok", redis: "ok" },
          warnings: [],
        }),
      ],
    },
    {
      status: 503,
      description: "At least one does not.",
      bodies: [
        shown(readinessSchema, "redisAway", "Redis is away", {
          status: "unavailable",
          checks: { postgres: "ok", redis: "unavailable" },
          warnings: [],
        }),
        shown(readinessSchema, "databaseAway", "PostgreSQL is away", {
          status: "unavailable",
          checks: { postgres: "unavailable", redis: "ok" },
          warnings: [],
        }),
      ],
    },
  ],
};

const metrics: Operation = {
  method: "get",
  path: "/metrics",
  operationId: "readMetrics",
  tag: "Health and metrics",
  summary: "Numbers for Prometheus",
  description: "In Prometheus' text format. It exists only where `METRICS_TOKEN` is set.",
  security: "metricsToken",
  answers: [
    {
      status: 200,
      description: "Every metric of this process and of the DAO.",
      mediaType: "text/plain",
      bodies: [
        shown(
          z.string(),
          "metrics",
          "The first lines",
          '# HELP forum_views_requests_total Requests to count a view, by what became of them.\n# TYPE forum_views_requests_total counter\nforum_views_requests_total{outcome="counted"} 145\n',
        ),
      ],
    },
    {
      status: 401,
      description: "No token, or a wrong one.",
      headers: authenticate,
      bodies: [
        shown(apiErrorSchema, "unauthorized", "The token is missing or wrong", {
          error: {
            code: "unauthorized",
            message: "METRICS_TOKEN is needed as a bearer token",
          },
        }),
      ],
    },
    {
      status: 404,
      description: "`METRICS_TOKEN` is not set.",
      bodies: [
        shown(apiErrorSchema, "notSet", "There are no metrics here", {
          error: { code: "not_found", message: "METRICS_TOKEN is not set" },
        }),
      ],
    },
  ],
};

const documentHeaders: Record<string, AnswerHeader> = {
  ETag: {
    description: "Changes with the document; to be sent back as `If-None-Match`.",
    required: true,
    schema: z.string().regex(/^W\/"[\w-]+"$/),
    example: 'W/"iHhy7pXQ6xkLTAdl"',
  },
  "Cache-Control": {
    description: "How long it may be kept without asking again.",
    required: true,
    schema: z.literal("public, max-age=300"),
    example: "public, max-age=300",
  },
  "Access-Control-Allow-Origin": {
    description: "Scripts of every origin may read it.",
    required: true,
    schema: z.literal("*"),
    example: "*",
  },
};

const document: Operation = {
  method: "get",
  path: "/api/v1/openapi.json",
  operationId: "readApiDocument",
  tag: "This document",
  summary: "This description, as OpenAPI 3.1",
  description: "For client generators and API tools. For people there is a page, `/docs/api`.",
  parameters: [
    {
      name: "If-None-Match",
      in: "header",
      required: false,
      description: "The `ETag` of a copy that is at hand.",
      schema: z.string(),
      example: 'W/"iHhy7pXQ6xkLTAdl"',
    },
  ],
  answers: [
    {
      status: 200,
      description: "The document.",
      headers: documentHeaders,
      bodies: [
        shown(
          z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
          "document",
          "Its beginning",
          { openapi: "3.1.0", info: { title: "Forum Views" }, paths: {} },
        ),
      ],
    },
    { status: 304, description: "The copy is still the same.", headers: documentHeaders },
  ],
};

export const processOperations: Operation[] = [healthz, readyz, metrics, document];
