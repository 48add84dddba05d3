import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { allowedInstead, isUnknownApiPath } from "~/server/methods";
import { createDocument } from "./document";
import { operations } from "./operations";

const document = createDocument({ origin: "https://views.example", version: "1.2.3" });

/** `api.v1.forum.topics.$topicId.views.ts` answers at `/api/v1/forum/topics/{topicId}/views`. */
function pathOfRoute(file: string): string {
  const name = file.replace(/\.tsx?$/, "").replaceAll("[.]", "\u0000");
  const parts = name.split(".").map((part) => part.replace(/^\$(.*)$/, "{$1}"));
  return `/${parts.join("/")}`.replaceAll("\u0000", ".");
}

const folder = path.resolve("app/routes");
const publicRoutes = readdirSync(folder).filter((file) =>
  /^(api\.|(healthz|readyz|metrics)\.)/.test(file),
);

interface RouteModule {
  loader?: unknown;
  action?: unknown;
}

describe("the document", () => {
  it.each(publicRoutes)("has %s, with what it loads and does", async (file) => {
    const route = (await import(/* @vite-ignore */ path.join(folder, file))) as RouteModule;
    const described = document.paths[pathOfRoute(file)] ?? {};
    const methods = [...(route.loader ? ["get"] : []), ...(route.action ? ["post"] : [])];
    const inDocument = Object.keys(described).filter((method) => method !== "options");
    expect(inDocument.sort()).toEqual(methods.sort());
  });

  it("has no path without a route", () => {
    expect(Object.keys(document.paths).sort()).toEqual(publicRoutes.map(pathOfRoute).sort());
  });

  it.each(operations)("has $operationId as the server lets it through", ({ method, path }) => {
    const filled = path.replace(/\{\w+\}/g, "1");
    expect(allowedInstead(filled, method.toUpperCase())).toBeUndefined();
    expect(isUnknownApiPath(filled)).toBe(false);
  });

  it("names each operation once, and each parameter of a path", () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids).toEqual([...new Set(ids)]);
    // The page of the API names its sections by them.
    const summaries = operations.map(({ summary }) => summary);
    expect(summaries).toEqual([...new Set(summaries)]);
    for (const { path, parameters = [] } of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === "path");
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    }
  });

  it("says where it is from, and calls that place with curl", () => {
    expect(document.servers).toEqual([{ url: "https://views.example" }]);
    expect(document.info.version).toBe("1.2.3");
    const curl = (path: string, method: "get" | "post" | "options") =>
      document.paths[path]?.[method]?.["x-codeSamples"][0]?.source;
    expect(curl("/api/v1/forum/sync-views", "post")).toBe(
      'curl -X POST "https://views.example/api/v1/forum/sync-views" \\\n' +
        '  -H "Authorization: Bearer $CRON_SECRET"',
    );
    expect(curl("/api/v1/forum/views", "get")).toBe(
      'curl "https://views.example/api/v1/forum/views?topicIds=12345,67890"',
    );
    expect(curl("/api/v1/forum/topics/{topicId}/views", "options")).toBe(
      'curl -i -X OPTIONS "https://views.example/api/v1/forum/topics/12345/views" \\\n' +
        '  -H "Origin: https://forum.example"',
    );
  });
});

const bodies = operations.flatMap(({ operationId, requestBody = {}, answers }) => [
  ...Object.values(requestBody).map((body) => ({ operationId, ...body })),
  ...answers.flatMap(({ status, bodies = [] }) =>
    bodies.map((body) => ({ operationId: `${operationId} ${status}`, ...body })),
  ),
]);
const values = operations.flatMap(({ operationId, parameters = [], answers }) => [
  ...parameters.map((parameter) => ({ operationId, ...parameter })),
  ...answers.flatMap(({ status, headers = {} }) =>
    Object.entries(headers).map(([name, header]) => ({
      operationId: `${operationId} ${status}`,
      name,
      ...header,
    })),
  ),
]);

describe("an example", () => {
  it.each(bodies)("$operationId $name is of its shape", ({ schema, example }) => {
    expect(schema.safeParse(example).error).toBeUndefined();
  });

  it.each(values)("$operationId $name is of its shape", ({ schema, example }) => {
    const value = schema instanceof z.ZodArray ? example.split(",") : example;
    expect(schema.safeParse(value).error).toBeUndefined();
  });
});
