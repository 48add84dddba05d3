import { z } from "zod";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The part of OpenAPI 3.1 that our document uses, as it arrives in JSON. */
export interface ApiDocument {
  info: object;
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, JsonSchema> };
}

interface DocumentedOperation {
  operationId: string;
  summary: string;
  parameters?: Array<{ name: string; in: string; schema: JsonSchema; example: unknown }>;
  requestBody?: { content: Record<string, DocumentedBody> };
  responses: Record<string, DocumentedAnswer>;
}

interface DocumentedAnswer {
  headers?: Record<string, { required: boolean; schema: JsonSchema; example?: string }>;
  content?: Record<string, DocumentedBody>;
}

interface DocumentedBody {
  schema: JsonSchema;
  examples: Record<string, { value: unknown }>;
}

/** Headers that the document's introduction mentions once for all answers that do not mention them. */
const unsaid: NonNullable<DocumentedAnswer["headers"]> = {
  "Cache-Control": { required: true, schema: { const: "no-store" } },
};

/** Compares what a server answers with its OpenAPI document, by the document's own schemas. */
export class ApiContract {
  readonly #document: ApiDocument;
  readonly #operations: Map<string, DocumentedOperation>;
  readonly #headers: Set<string>;

  constructor(document: ApiDocument) {
    this.#document = document;
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    this.#operations = new Map(operations.map((operation) => [operation.operationId, operation]));
    const answers = operations.flatMap(({ responses }) => Object.values(responses));
    this.#headers = new Set(answers.flatMap(({ headers }) => Object.keys(headers ?? {})));
  }

  /** Every answer in the document: `operationId status`, and the name of the body if it has one. */
  documented(): string[] {
    return [...this.#operations].flatMap(([id, { responses }]) =>
      Object.entries(responses).flatMap(([status, answer]) => {
        const examples = Object.values(answer.content ?? {}).flatMap((body) =>
          Object.keys(body.examples),
        );
        return examples.length > 0
          ? examples.map((example) => `${id} ${status} ${example}`)
          : [`${id} ${status}`];
      }),
    );
  }

  /** What is wrong with an answer of the operation; nothing when it is documented. */
  async problems(operationId: string, response: Response): Promise<string[]> {
    const answer = this.#operations.get(operationId)?.responses[response.status];
    const text = await response.clone().text();
    if (!answer) return [`${operationId} never answers ${response.status}: ${text}`];
    return [
      ...this.#headerProblems(answer, response.headers),
      ...this.#bodyProblems(answer, response.headers.get("Content-Type"), text),
    ];
  }

  /** The documented body of this name, in the form of `likeness`; null for an answer without a body. */
  likenessOf(documented: string): unknown {
    const [operationId = "", status = "", name = ""] = documented.split(" ");
    const content = this.#operations.get(operationId)?.responses[status]?.content;
    const [body] = Object.values(content ?? {});
    return body ? likeness(body.examples[name]?.value) : null;
  }

  /** Whether a value fits the schema of this name. */
  isA(name: string, value: unknown): boolean {
    return this.isOf({ $ref: `#/components/schemas/${name}` }, value);
  }

  /** Whether a value fits a schema of the document. */
  isOf(schema: JsonSchema, value: unknown): boolean {
    return this.#reader(schema).safeParse(value).success;
  }

  #headerProblems({ headers = {} }: DocumentedAnswer, given: Headers): string[] {
    return [...this.#headers].flatMap((name) => {
      const value = given.get(name);
      const header = headers[name] ?? unsaid[name];
      if (value === null) return header?.required ? [`${name} is missing`] : [];
      if (!header) return [`${name} is not in the document`];
      return this.isOf(header.schema, value) ? [] : [`${name} is ${value}`];
    });
  }

  #bodyProblems({ content }: DocumentedAnswer, type: string | null, text: string): string[] {
    if (!content) return text === "" ? [] : [`there is a body: ${text}`];
    const body = content[type?.split(";")[0] ?? ""];
    if (!body) return [`the content type is ${type}`];
    const value: unknown = type?.startsWith("application/json") ? JSON.parse(text) : text;
    const read = this.#reader(body.schema).safeParse(value);
    return read.success ? [] : [`${text} is not as documented: ${read.error.message}`];
  }

  #reader(schema: JsonSchema): z.ZodType {
    const $defs = this.#document.components.schemas;
    const whole = JSON.stringify({ ...schema, $defs });
    return z.fromJSONSchema(
      JSON.parse(
        whole.replaceAll("#/components/schemas/", "#/$defs/"),
      ) as z.core.JSONSchema.JSONSchema,
    );
  }
}

/** Lists of any length, whose entries tell of what happened. */
const openLists = ["errors", "warnings"];

/** A body without what differs from answer to answer: numbers, also in texts, and open lists. */
export function likeness(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) {
    return openLists.includes(name) ? "list" : value.map((entry) => likeness(entry));
  }
  if (typeof value === "string") return value.replace(/\d+/g, "0");
  if (typeof value === "number") return 0;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, likeness(entry, key)]),
  );
}
