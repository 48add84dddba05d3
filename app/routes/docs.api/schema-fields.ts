import type { JsonSchema } from "~/api/contract/document-types";

/** One field of a body, as a row of a table. */
export interface FieldRow {
  /** With the names of what it stands in: `summary.total`, `errors[].target`. */
  name: string;
  type: string;
  required: boolean;
  description: string;
}

type Schemas = Record<string, JsonSchema>;

const PLACE = "#/components/schemas/";

/** The schema itself, or the one that it refers to, with its name. */
export function resolve(schema: JsonSchema, named: Schemas): { name?: string; schema: JsonSchema } {
  const name = schema.$ref?.slice(PLACE.length);
  const found = name === undefined ? undefined : named[name];
  return found ? { name, schema: found } : { schema };
}

/** Every field of an object, those of objects in it included; none of another schema. */
export function fieldRows(schema: JsonSchema, named: Schemas, prefix = ""): FieldRow[] {
  const { properties = {}, required = [] } = resolve(schema, named).schema;
  return Object.entries(properties).flatMap(([key, property]) => {
    if (typeof property === "boolean") return [];
    const name = `${prefix}${key}`;
    const row = {
      name,
      type: typeText(property, named),
      required: required.includes(key),
      description: property.description ?? resolve(property, named).schema.description ?? "",
    };
    const entry = entryOf(property);
    const inside = entry
      ? fieldRows(entry, named, `${name}[].`)
      : fieldRows(property, named, `${name}.`);
    return [row, ...inside];
  });
}

function entryOf({ items }: JsonSchema): JsonSchema | undefined {
  return typeof items === "object" && !Array.isArray(items) ? items : undefined;
}

/** What a value can be, in a few words. */
export function typeText(schema: JsonSchema, named: Schemas): string {
  const { const: only, enum: values, anyOf, type, format } = resolve(schema, named).schema;
  if (only !== undefined) return JSON.stringify(only);
  if (values) return values.map((value) => JSON.stringify(value)).join(" or ");
  if (anyOf) return anyOf.map((part) => typeText(part, named)).join(" or ");
  const entry = entryOf(schema);
  if (entry) return `list of ${typeText(entry, named)}`;
  if (format === "date-time") return "date and time";
  return [type ?? "anything"].flat().join(" or ");
}
