import { expect, it } from "vitest";
import type { ApiScope } from "~/accounts/api-scopes";
import { action } from "~/routes/api.v1.forum.topics";
import { startDashboard } from "../helpers/dashboard";
import { forAllTests, useServers } from "../helpers/use-servers";

/** `PUT /api/v1/forum/topics`. The tests of refused bodies are in app/api/topics.test.ts. */

const use = useServers();
const dao = forAllTests(() => startDashboard(use.urls));

async function put(body: string, scope?: ApiScope) {
  const token =
    scope &&
    (await dao.services.tokens.create("tests", {
      ...{ name: scope, scopes: [scope], expiresAt: undefined },
    }));
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
  const request = new Request("http://forum.test/api/v1/forum/topics", {
    ...{ method: "PUT", body, headers },
  });
  const response = await action({ request, context: dao.context, params: {} });
  return { status: response.status, body: (await response.json()) as unknown };
}

const topics = (...titles: string[]) =>
  JSON.stringify({ topics: titles.map((title, index) => ({ topicId: `${index}`, title })) });
const written = (created: number, updated: number, unchanged: number) => ({
  status: 200,
  body: { created, updated, unchanged },
});

it("titles are taken as they are sent, as often as that is", async () => {
  expect(await put(topics("Zero", "One"), "topics:write")).toEqual(written(2, 0, 0));
  expect(await put(topics("Zero", "One"), "topics:write")).toEqual(written(0, 0, 2));
  expect(await put(topics("Zero", "1", "Two"), "topics:write")).toEqual(written(1, 1, 1));
  const names = await dao.services.directory.names(["1", "2"]);
  expect([...names.values()].map(({ title }) => title)).toEqual(["1", "Two"]);
});

it("nothing is taken of a body in which anything is wrong", async () => {
  const { status, body } = await put(topics("Changed", "", "Changed"), "topics:write");
  expect([status, body]).toMatchObject([
    400,
    { error: { details: [{ field: "topics[1].title", message: "must not be empty" }] } },
  ]);
  expect(await put("null", "topics:write")).toMatchObject({
    body: { error: { message: "body must be an object" } },
  });
  expect((await dao.services.directory.names(["0"])).get("0")?.title).toBe("Zero");
});

it("nobody writes them without a token that may", async () => {
  expect(await put(topics("Mine"))).toMatchObject({ status: 401 });
  expect(await put(topics("Mine"), "views:write")).toMatchObject({
    status: 403,
    body: { error: { code: "forbidden" } },
  });
  expect((await dao.services.directory.names(["0"])).get("0")?.title).toBe("Zero");
});
