import type { ApiScope } from "~/accounts/api-scopes";
import type { z } from "zod";
import { apiErrorSchema, namedBodies, type ApiErrorBody } from "../bodies";

/** An example of a request or response body of one of the named schemas. */
interface Example {
  name: string;
  summary: string;
  schema: z.ZodType;
  value: unknown;
}

/** Makes TypeScript check the value against the schema. */
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

/** The `content` of a JSON body. Where its examples have different schemas, it may have any of these. */
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

/** The `content` of a body of text. */
export function text(type: string, name: string, summary: string, value: string) {
  return { [type]: { schema: { type: "string" }, examples: { [name]: { summary, value } } } };
}

/** An answer in JSON, with an example of each body that it may have. */
export function answer(
  description: string,
  examples: Example[],
  headers?: Record<string, ReturnType<typeof header>>,
) {
  return { description, headers, content: json(...examples) };
}

/** A header of every answer with its status; without `required`, of some of them. */
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

export function unauthorized(description: string, summary: string, message: string) {
  const error = errorExample("unauthorized", summary, { code: "unauthorized", message });
  return answer(description, [error], authenticate);
}

/** The answers of a path that takes API tokens alone to a caller that has none with this scope. */
export function tokenRefusals(scope: ApiScope) {
  return {
    401: unauthorized(
      "The request has no API token, or an invalid one.",
      "The token is missing",
      "An API token is needed as a bearer token",
    ),
    403: answer(`The token does not have the scope \`${scope}\`.`, [
      errorExample("forbidden", "Another scope", {
        code: "forbidden",
        message: `This token does not have ${scope}`,
      }),
    ]),
  };
}

export function tooLarge(description: string, limit: number) {
  return answer(description, [
    errorExample("tooLarge", "The body is too large", {
      code: "body_too_large",
      message: `body must have at most ${limit} bytes`,
    }),
  ]);
}

export function databaseAway(description: string) {
  const error = errorExample("databaseAway", "PostgreSQL is away", {
    code: "database_unavailable",
    message: "Database connection failed",
  });
  return answer(description, [error], retryAfter("Seconds after which it is worth asking again."));
}
