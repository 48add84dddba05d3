import { readdirSync } from "node:fs";
import path from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { ApiContract, type ApiDocument } from "../../../tests/helpers/api-contract";
import { allowedInstead, isUnknownApiPath } from "~/server/methods";
import { openApiEndpoint } from "./document";

const respond = openApiEndpoint("https://views.example");
const document = (await respond(
  new Request("https://views.example/api/v1/openapi.json"),
).json()) as ApiDocument;
const contract = new ApiContract(document);

/** `api.v1.openapi[.]json.ts` answers at `/api/v1/openapi.json`. */
function pathOfRoute(file: string): string {
  const name = file.replace(/\.tsx?$/, "").replaceAll("[.]", "\u0000");
  return `/${name.replaceAll(".", "/")}`.replaceAll("\u0000", ".");
}

const folder = path.resolve("app/routes");
const publicRoutes = readdirSync(folder).filter((file) =>
  /^(api\.|(healthz|readyz|metrics)\.)/.test(file),
);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);

/** Views are counted and read without Express and Remix: the contract test asks for them over HTTP. */
const routed = operations.filter(({ path }) => !path.endsWith("/views"));

interface RouteModule {
  loader?: unknown;
  action?: unknown;
}

/** What the validator reports about a document, by the schema that OpenAPI 3.1 publishes. */
async function problems(given: object): Promise<unknown> {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone({ ...given }));
  expect(validator.version).toBe("3.1");
  return valid ? [] : errors;
}

describe("the document", () => {
  it("is valid OpenAPI 3.1", async () => {
    expect(await problems(document)).toEqual([]);
    expect(await problems({ ...document, info: { title: "no version" } })).not.toEqual([]);
  });

  it("refers only to schemas that it has", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)];
    const places = Object.keys(document.components.schemas).map(
      (name) => `#/components/schemas/${name}`,
    );
    expect(references.length).toBeGreaterThan(10);
    expect(references.map(([, place]) => place).filter((at) => !places.includes(at!))).toEqual([]);
  });

  it.each(publicRoutes)("has %s, with what it loads and does", async (file) => {
    const route = (await import(/* @vite-ignore */ path.join(folder, file))) as RouteModule;
    const described = document.paths[pathOfRoute(file)] ?? {};
    const methods = Object.keys(described).filter((method) => method !== "options");
    const exported = methods.map((method) => (method === "get" ? "loader" : "action"));
    expect([...new Set(exported)].sort()).toEqual(
      ["action", "loader"].filter((name) => route[name as keyof RouteModule]),
    );
  });

  it("has no path without a route", () => {
    const paths = new Set(routed.map(({ path }) => path));
    expect([...paths].sort()).toEqual(publicRoutes.map(pathOfRoute).sort());
  });

  it.each(routed)("has $operationId as the server lets it through", ({ method, path }) => {
    expect(allowedInstead(path, method.toUpperCase())).toBeUndefined();
    expect(isUnknownApiPath(path)).toBe(false);
  });

  it("names each operation once, and each parameter of a path", () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids).toEqual([...new Set(ids)]);
    for (const { path, parameters = [] } of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === "path");
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    }
  });
});

describe("every example of the document", () => {
  const bodies = operations.flatMap(({ operationId, requestBody, responses }) =>
    [requestBody, ...Object.values(responses)].flatMap((part) =>
      Object.values(part?.content ?? {}).flatMap(({ schema, examples }) =>
        Object.entries(examples).map(([name, { value }]) => ({ operationId, name, schema, value })),
      ),
    ),
  );
  const values = operations.flatMap(({ operationId, parameters = [], responses }) => {
    const headers = Object.values(responses).flatMap((answer) =>
      Object.entries(answer.headers ?? {}).map(([name, header]) => ({ name, ...header })),
    );
    const all = [...parameters, ...headers];
    return all.map(({ name, schema, example }) => ({ operationId, name, schema, value: example }));
  });

  it.each([...bodies, ...values])("$operationId $name is of its shape", ({ schema, value }) => {
    expect(contract.isOf(schema, value)).toBe(true);
  });
});
