import { describe, expect, it } from "vitest";
import type { JsonSchema } from "~/api/contract/document-types";
import { fieldRows, typeText } from "./schema-fields";

const named: Record<string, JsonSchema> = {
  Part: {
    type: "object",
    description: "A part",
    properties: { size: { type: "integer", description: "How large" } },
    required: ["size"],
  },
};

describe("the fields of a body", () => {
  it("are those of what stands in it too", () => {
    const schema: JsonSchema = {
      type: "object",
      properties: {
        part: { $ref: "#/components/schemas/Part" },
        parts: { type: "array", items: { $ref: "#/components/schemas/Part" } },
      },
      required: ["parts"],
    };
    expect(fieldRows(schema, named)).toEqual([
      { name: "part", type: "object", required: false, description: "A part" },
      { name: "part.size", type: "integer", required: true, description: "How large" },
      { name: "parts", type: "list of object", required: true, description: "" },
      { name: "parts[].size", type: "integer", required: true, description: "How large" },
    ]);
  });

  it("are none where there is no object", () => {
    expect(fieldRows({ type: "string" }, named)).toEqual([]);
  });
});

describe("a type in words", () => {
  it.each<[JsonSchema, string]>([
    [{ type: "string" }, "string"],
    [{ type: "boolean", const: true }, "true"],
    [{ enum: ["duplicate", "bot"] }, '"duplicate" or "bot"'],
    [{ type: "string", format: "date-time" }, "date and time"],
    [
      { anyOf: [{ type: "string", format: "date-time" }, { type: "null" }] },
      "date and time or null",
    ],
    [{ type: "array", items: { type: "string" } }, "list of string"],
    [{ type: ["string", "null"] }, "string or null"],
    [{}, "anything"],
  ])("%j is %s", (schema, text) => {
    expect(typeText(schema, named)).toBe(text);
  });
});
