import type { LoaderFunction, ServerBuild } from "@remix-run/node";
import { describe, expect, it } from "vitest";
import { DependencyError } from "~/platform/dependency-error.server";
import { createLogger } from "~/platform/logger.server";
import { withOutagesAnswered } from "./page-unavailable.server";

type ServerRoute = NonNullable<ServerBuild["routes"][string]>;

const page = { default: () => null };

/** The route `page` of the build, whose loader and action are these. */
function answered(module: Partial<ServerRoute["module"]>): ServerRoute["module"] {
  const route = { id: "page", module: { ...page, ...module } };
  const build = { routes: { page: route } } as unknown as ServerBuild;
  return withOutagesAnswered(build, createLogger("silent")).routes.page!.module;
}

describe.each(["loader", "action"] as const)("a %s", (name) => {
  const call = (handler: LoaderFunction) => {
    const answering = answered({ [name]: handler })[name] as LoaderFunction;
    return Promise.resolve(answering({} as Parameters<LoaderFunction>[0])).catch(
      (thrown: unknown) => thrown,
    );
  };

  it("answers 503 in plain words while a server is away", async () => {
    const outage = new DependencyError("postgres", "Database connection failed", undefined);
    const answer = (await call(() => Promise.reject(outage))) as Response;
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "5"]);
    expect(await answer.text()).toBe("Database connection failed");
  });

  it("answers and throws everything else as it is", async () => {
    const mistake = new Error("mistake");
    expect(await call(() => 7)).toBe(7);
    expect(await call(() => Promise.reject(mistake))).toBe(mistake);
  });
});

it("a route without loader and action stays one", () => {
  expect(answered({})).toEqual(page);
});
