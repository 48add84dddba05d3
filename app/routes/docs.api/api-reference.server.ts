import { STATUS_CODES } from "node:http";
import type {
  ApiDocument,
  DocumentedAnswer,
  DocumentedBody,
  DocumentedOperation,
  JsonSchema,
} from "~/api/contract/document-types";
import { fieldRows, resolve, typeText, type FieldRow } from "./schema-fields";

export interface ApiReference {
  version: string;
  introduction: string;
  groups: Array<{ name: string; description: string; operations: OperationView[] }>;
}

export interface OperationView {
  /** The section's anchor. */
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  /** Which secret has to be sent; null when none. */
  secret: string | null;
  parameters: ParameterView[];
  requests: BodyView[];
  answers: AnswerView[];
  curl: string;
}

export interface ParameterView {
  name: string;
  place: string;
  type: string;
  required: boolean;
  description: string;
}

export interface BodyView {
  mediaType: string;
  shapes: Array<{ description: string; fields: FieldRow[] }>;
  examples: Array<{ summary: string; text: string }>;
}

export interface AnswerView {
  status: string;
  reason: string;
  description: string;
  headers: Array<{ name: string; always: boolean; description: string; example: string }>;
  bodies: BodyView[];
}

/** The OpenAPI document as a page shows it. */
export function presentApi(document: ApiDocument): ApiReference {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      tag: operation.tags[0],
      view: presentOperation(document, { path, method, operation }),
    })),
  );
  return {
    version: document.info.version,
    introduction: document.info.description,
    groups: document.tags.map(({ name, description }) => ({
      name,
      description,
      operations: operations.filter(({ tag }) => tag === name).map(({ view }) => view),
    })),
  };
}

interface Place {
  path: string;
  method: string;
  operation: DocumentedOperation;
}

function presentOperation(
  { components }: ApiDocument,
  { path, method, operation }: Place,
): OperationView {
  const { operationId, summary, description, parameters = [], requestBody } = operation;
  const { schemas, securitySchemes } = components;
  const [scheme] = operation.security.flatMap((secrets) => Object.keys(secrets));
  return {
    id: operationId,
    method: method.toUpperCase(),
    path,
    summary,
    description,
    secret: (scheme !== undefined && securitySchemes[scheme]?.description) || null,
    parameters: parameters.map(({ schema, in: place, name, required, description }) => ({
      name,
      place,
      type: typeText(schema, schemas),
      required,
      description,
    })),
    requests: presentBodies(requestBody?.content, schemas),
    answers: Object.entries(operation.responses).map(([status, answer]) =>
      presentAnswer(status, answer, schemas),
    ),
    curl: operation["x-codeSamples"].map(({ source }) => source).join("\n"),
  };
}

function presentAnswer(
  status: string,
  { description, headers = {}, content }: DocumentedAnswer,
  schemas: Record<string, JsonSchema>,
): AnswerView {
  return {
    status,
    reason: STATUS_CODES[status] ?? "",
    description,
    headers: Object.entries(headers).map(([name, { required, description, example }]) => ({
      name,
      always: required,
      description,
      example,
    })),
    bodies: presentBodies(content, schemas),
  };
}

function presentBodies(
  content: Record<string, DocumentedBody> = {},
  schemas: Record<string, JsonSchema>,
): BodyView[] {
  return Object.entries(content).map(([mediaType, { schema, examples }]) => ({
    mediaType,
    shapes: (schema.anyOf ?? [schema]).flatMap((part) => {
      const fields = fieldRows(part, schemas);
      const { description = "" } = resolve(part, schemas).schema;
      return fields.length > 0 ? [{ description, fields }] : [];
    }),
    examples: Object.values(examples).map(({ summary, value }) => ({
      summary,
      text: typeof value === "string" ? value : JSON.stringify(value, null, 2),
    })),
  }));
}
