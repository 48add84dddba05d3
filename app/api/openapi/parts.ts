import type { ApiScope } from "~/accounts/api-scopes";
import type { z } from "zod";
import { apiErrorSchema, namedBodies, type ApiErrorBody } from "../bodies";

/** A body of one of the named schemas, as it may be sent or answered. */
interface Example {
  name: string;
  summary: string;
  schema: z.ZodType;
  value: unknown;
}

/** The type of the value is that of the schema. */
export function example<Schema extends z.ZodType>(
  schema: Schema,
  name: string,
  summary: string,
  value: z.infer<Schema>,
): Example {
  return { name, summary, schema, value };
}

export function errorExample(name: string, summary: string, error: ApiErrorBody["error"]): Example {
  return example(apiErrorSchema, name, summary, { error });
}

/** The `content` of a body in JSON, which has the schema of any of its examples. */
export function json(...examples: Example[]) {
  const ids = examples.map(({ schema }) => namedBodies.get(schema)?.id);
  const references = [...new Set(ids)].map((id) => ({ $ref: `#/components/schemas/${id}` }));
  return {
    "application/json": {
      schema: references.length === 1 ? references[0] : { anyOf: references },
      examples: Object.fromEntries(
        examples.map(({ name, summary, value }) => [name, { summary, value }]),
      ),
    },
  };
}

/** A header that every answer of its status has, unless `required` is false. */
export function header(
  description: string,
  schema: { const: string } | { type: "string"; pattern?: string },
  example = "const" in schema ? schema.const : "",
  required = true,
) {
  return { description, required, schema, example };
}

export function retryAfter(description: string) {
  return { "Retry-After": header(description, { type: "string", pattern: "^[1-9]\\d*$" }, "5") };
}

export const authenticate = {
  "WWW-Authenticate": header("How to identify yourself.", { const: "Bearer" }),
};

export function invalidField(field: string, message: string): Example {
  return errorExample(field, `\`${field}\` is wrong`, {
    code: "invalid_request",
    message: `${field} ${message}`,
    details: [{ field, message }],
  });
}

/** What a path that takes API tokens alone answers to whoever has none with this scope. */
export function tokenRefusals(scope: ApiScope) {
  return {
    401: {
      description: "No API token came along, or one that is none.",
      headers: authenticate,
      content: json(
        errorExample("unauthorized", "The token is missing", {
          code: "unauthorized",
          message: "An API token is needed as a bearer token",
        }),
      ),
    },
    403: {
      description: `The token does not have the scope \`${scope}\`.`,
      content: json(
        errorExample("forbidden", "Another scope", {
          code: "forbidden",
          message: `This token does not have ${scope}`,
        }),
      ),
    },
  };
}

export function databaseAway(description: string) {
  return {
    description,
    headers: retryAfter("Seconds after which it is worth asking again."),
    content: json(
      errorExample("databaseAway", "PostgreSQL is away", {
        code: "database_unavailable",
        message: "Database connection failed",
      }),
    ),
  };
}
