/** Puts the OpenAPI document together from the operations and the schemas of their bodies. */
import { z } from "zod";
import { namedAnswers } from "./bodies";
import { curlLine } from "./curl";
import type {
  ApiDocument,
  DocumentedAnswer,
  DocumentedBody,
  DocumentedOperation,
  DocumentedParameter,
  JsonSchema,
} from "./document-types";
import { introduction, securitySchemes, tags } from "./introduction";
import type { Answer, Operation, Parameter, Shown } from "./operation";
import { operations } from "./operations";

const SCHEMAS = "#/components/schemas/";

/** `origin`: where the API is reached. */
export function createDocument(about: { origin: string; version: string }): ApiDocument {
  const paths: ApiDocument["paths"] = {};
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {});
    path[operation.method] = describeOperation(operation, about.origin);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Forum Views", version: about.version, description: introduction },
    servers: [{ url: about.origin }],
    tags,
    paths,
    components: { schemas: namedSchemas(), securitySchemes },
  };
}

function describeOperation(operation: Operation, origin: string): DocumentedOperation {
  const { operationId, tag, summary, description, security, parameters, requestBody } = operation;
  return {
    operationId,
    tags: [tag],
    summary,
    description,
    security: security ? [{ [security]: [] }] : [],
    ...(parameters && { parameters: parameters.map(describeParameter) }),
    ...(requestBody && {
      requestBody: {
        required: false,
        content: mapValues(requestBody, (body) => describeBodies([body])),
      },
    }),
    responses: Object.fromEntries(
      operation.answers.map((answer) => [String(answer.status), describeAnswer(answer)]),
    ),
    "x-codeSamples": [{ lang: "Shell", label: "curl", source: curlLine(operation, origin) }],
  };
}

function describeParameter({ schema, example, ...parameter }: Parameter): DocumentedParameter {
  const isList = schema instanceof z.ZodArray;
  return {
    ...parameter,
    schema: schemaOf(schema),
    example: isList ? example.split(",") : example,
    ...(isList && { style: "form", explode: false }),
  };
}

function describeAnswer({ description, headers, mediaType, bodies }: Answer): DocumentedAnswer {
  return {
    description,
    ...(headers && {
      headers: mapValues(headers, ({ schema, ...header }) => ({
        ...header,
        schema: schemaOf(schema),
      })),
    }),
    ...(bodies && { content: { [mediaType ?? "application/json"]: describeBodies(bodies) } }),
  };
}

function describeBodies(bodies: Shown[]): DocumentedBody {
  const schemas = [...new Set(bodies.map(({ schema }) => schema))].map(schemaOf);
  const [only, ...others] = schemas;
  return {
    schema: only && others.length === 0 ? only : { anyOf: schemas },
    examples: Object.fromEntries(
      bodies.map(({ name, summary, example }) => [name, { summary, value: example }]),
    ),
  };
}

function schemaOf(schema: z.ZodType): JsonSchema {
  const id = namedAnswers.get(schema)?.id;
  if (id !== undefined) return { $ref: `${SCHEMAS}${id}` };
  return withoutPlace(z.toJSONSchema(schema, { io: "input", override: tidy }));
}

function namedSchemas(): Record<string, JsonSchema> {
  const uri = (id: string) => `${SCHEMAS}${id}`;
  const { schemas } = z.toJSONSchema(namedAnswers, { uri, override: tidy });
  return mapValues(schemas, withoutPlace);
}

/** The document says for all of them in which dialect they are, and where they stand. */
function withoutPlace({ $schema, $id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** Leaves out what says nothing to a reader: the largest integer of JavaScript, and a date as a pattern. */
function tidy({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
}

function mapValues<From, To>(record: Record<string, From>, change: (value: From) => To) {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]): [string, To] => [name, change(value)]),
  );
}
