import { z } from "zod";
import type { Answer, Operation, Parameter } from "./operation";
import { topicId } from "./views-operations";

const preflight = {
  method: "options",
  tag: "Views",
  description:
    "A browser asks this by itself before a script of another origin sends JSON. Origins that are not in `CORS_ORIGINS` get the same answer without `Access-Control-Allow-Origin`.",
} as const;

const origin: Parameter = {
  name: "Origin",
  in: "header",
  required: true,
  description: "Where the page comes from that wants to ask.",
  schema: z.string(),
  example: "https://forum.example",
};

const allowed: Answer = {
  status: 204,
  description: "What a script of that origin may do.",
  headers: {
    "Access-Control-Allow-Origin": {
      description: "The origin, if it is one of `CORS_ORIGINS`.",
      required: false,
      schema: z.string(),
      example: "https://forum.example",
    },
    "Access-Control-Allow-Methods": {
      description: "The methods that scripts of other origins may use.",
      required: true,
      schema: z.literal("GET,POST"),
      example: "GET,POST",
    },
    "Access-Control-Max-Age": {
      description: "Seconds for which the browser need not ask again.",
      required: true,
      schema: z.literal("86400"),
      example: "86400",
    },
  },
};

export const preflightOperations: Operation[] = [
  {
    ...preflight,
    path: "/api/v1/forum/topics/{topicId}/views",
    operationId: "mayCountView",
    summary: "Whether a page of another origin may count and read a topic",
    parameters: [topicId, origin],
    answers: [allowed],
  },
  {
    ...preflight,
    path: "/api/v1/forum/views",
    operationId: "mayReadViews",
    summary: "Whether a page of another origin may read many topics",
    parameters: [origin],
    answers: [allowed],
  },
];
