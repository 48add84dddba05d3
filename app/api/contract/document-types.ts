import type { z } from "zod";
import type { Operation } from "./operation";

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The part of OpenAPI 3.1 that our document uses. */
export interface ApiDocument {
  openapi: string;
  info: { title: string; version: string; description: string };
  servers: Array<{ url: string }>;
  tags: Array<{ name: string; description: string }>;
  paths: Record<string, Partial<Record<Operation["method"], DocumentedOperation>>>;
  components: {
    schemas: Record<string, JsonSchema>;
    securitySchemes: Record<string, { type: "http"; scheme: "bearer"; description: string }>;
  };
}

export interface DocumentedOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security: Array<Record<string, string[]>>;
  parameters?: DocumentedParameter[];
  requestBody?: { required: boolean; content: Record<string, DocumentedBody> };
  responses: Record<string, DocumentedAnswer>;
  /** How tools that show an OpenAPI document are told what a call looks like. */
  "x-codeSamples": Array<{ lang: string; label: string; source: string }>;
}

export interface DocumentedParameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description: string;
  schema: JsonSchema;
  example: unknown;
  /** Of a list: its values stand behind one another, with commas. */
  style?: "form";
  explode?: boolean;
}

export interface DocumentedAnswer {
  description: string;
  headers?: Record<string, DocumentedHeader>;
  content?: Record<string, DocumentedBody>;
}

export interface DocumentedHeader {
  description: string;
  required: boolean;
  schema: JsonSchema;
  example: string;
}

export interface DocumentedBody {
  schema: JsonSchema;
  examples: Record<string, { summary: string; value: unknown }>;
}
