import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, it } from "vitest";
import { createDocument } from "./document";

const document = createDocument({ origin: "https://views.example", version: "1.2.3" });

/** What the validator reports about a document, by the schema that OpenAPI 3.1 publishes. */
async function problems(given: object): Promise<unknown> {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone({ ...given }));
  expect(validator.version).toBe("3.1");
  return valid ? [] : errors;
}

it("is valid OpenAPI 3.1", async () => {
  expect(await problems(document)).toEqual([]);
});

it("would be found to be invalid", async () => {
  expect(await problems({ ...document, info: { title: "no version" } })).not.toEqual([]);
});

it("refers only to schemas that it has", () => {
  const named = Object.keys(document.components.schemas);
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, place]) => place);
  expect(references.length).toBeGreaterThan(10);
  const missing = references.filter(
    (place) => !named.some((name) => place === `#/components/schemas/${name}`),
  );
  expect(missing).toEqual([]);
});
