import type { z } from "zod";

/** One method of one path, as the OpenAPI document and the page made from it describe it. */
export interface Operation {
  method: "get" | "post" | "options";
  /** With `{name}` for parameters. */
  path: string;
  /** Unique; generated clients name their functions after it. */
  operationId: string;
  tag: TagName;
  summary: string;
  /** Plain text; an empty line between paragraphs. */
  description: string;
  /** The secret that has to be sent; none when undefined. */
  security?: "cronSecret" | "metricsToken";
  parameters?: Parameter[];
  /** By media type; never required. */
  requestBody?: Record<string, Shown>;
  answers: Answer[];
}

export type TagName = "Sync" | "Cleanup" | "Views" | "Health and metrics" | "This document";

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description: string;
  schema: z.ZodType;
  /** As it stands in a URL or in a header. */
  example: string;
}

export interface Answer {
  status: number;
  /** When it is given. */
  description: string;
  headers?: Record<string, AnswerHeader>;
  /** `application/json` when undefined. */
  mediaType?: string;
  /** The bodies that it can have; none when undefined. */
  bodies?: Shown[];
}

export interface AnswerHeader {
  description: string;
  /** Whether every answer of this status has it. */
  required: boolean;
  schema: z.ZodType;
  example: string;
}

/** A body that is sent or answered: its shape, and one of its kind. */
export interface Shown {
  /** Unique among the bodies of an answer. */
  name: string;
  summary: string;
  schema: z.ZodType;
  example: unknown;
}

/** A body whose example has the type of its schema. */
export function shown<Schema extends z.ZodType>(
  schema: Schema,
  name: string,
  summary: string,
  example: z.infer<Schema>,
): Shown {
  return { name, summary, schema, example };
}
