import { beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "~/platform/logger.server";
import { connectDatabase } from "~/platform/postgres.server";
import { TopicDirectory } from "~/stats/directory.server";
import type { TopicEntry } from "~/stats/topic-entry";
import { testDaoSlug } from "../helpers/dao-slug";
import { forAllTests, useServers } from "../helpers/use-servers";

/** Titles of topics, and how topics are found by them. */

const use = useServers();
const database = forAllTests(() =>
  connectDatabase({ url: use.database.url, poolSize: 4, logger: createLogger("silent") }),
);
let daoSlug: string;
let directory: TopicDirectory;

beforeEach(() => {
  daoSlug = testDaoSlug();
  directory = openDirectory(daoSlug);
});

function openDirectory(dao: string, topicUrl?: string): TopicDirectory {
  const { pool, prisma } = database;
  return new TopicDirectory({ pool, prisma, daoSlug: dao, topicUrl });
}

const entry = (topicId: string, title: string, rest: Partial<TopicEntry> = {}): TopicEntry => ({
  topicId,
  title,
  ...rest,
});

describe("entries", () => {
  const full = entry("1", "Budget", {
    url: "https://forum.example/t/1",
    category: "Treasury",
    createdAt: "2026-01-02T03:04:05.678901+02:00",
    hidden: false,
  });

  it("are created, updated where they differ, and else left alone", async () => {
    const counts = (created: number, updated: number, unchanged: number) => ({
      ...{ created, updated, unchanged },
    });
    const two = [full, entry("2", "Second")];
    expect(await directory.upsert(two)).toEqual(counts(2, 0, 0));
    expect(await directory.upsert(two)).toEqual(counts(0, 0, 2));
    expect(await directory.upsert([entry("3", "Third"), ...two])).toEqual(counts(1, 0, 2));
    const changes: Array<Partial<TopicEntry>> = [
      { title: "Budget 2" },
      { url: "https://forum.example/t/2" },
      { category: null },
      { createdAt: "2026-01-02T00:00:00Z" },
      { hidden: true },
    ];
    let now = full;
    for (const change of changes) {
      now = { ...now, ...change };
      expect(await directory.upsert([now, two[1]!])).toEqual(counts(0, 1, 1));
    }
    expect(await directory.upsert([])).toEqual(counts(0, 0, 0));
  });

  it("are of one DAO", async () => {
    await directory.upsert([full]);
    const other = openDirectory(testDaoSlug());
    expect((await other.names(["1"])).get("1")?.title).toBeNull();
    expect(await other.search("budget", 10)).toEqual([]);
    expect(await other.categories()).toEqual([]);
    expect(await other.upsert([full])).toMatchObject({ created: 1 });
  });

  it("name their topics, and hide what is hidden", async () => {
    await directory.upsert([
      full,
      entry("2", "<i>tags</i>\u0000\u202e and marks"),
      entry("3", "Secret", { url: "https://forum.example/t/secret", hidden: true }),
    ]);
    const linked = openDirectory(daoSlug, "https://vote.example/forums/{topicId}");
    expect([...(await linked.names(["1", "2", "3", "4"]))]).toEqual([
      ["1", { title: "Budget", url: full.url, category: "Treasury", hidden: false }],
      [
        "2",
        {
          ...{ title: "<i>tags</i> and marks", url: "https://vote.example/forums/2" },
          ...{ category: null, hidden: false },
        },
      ],
      ["3", { title: "Hidden topic", url: null, category: null, hidden: true }],
      ["4", { title: null, url: "https://vote.example/forums/4", category: null, hidden: false }],
    ]);
    expect((await directory.names(["4"])).get("4")?.url).toBeNull();
  });

  it("have categories, each told once", async () => {
    await directory.upsert(
      ["Meta", "Treasury", undefined, "Meta", "Ärger"].map((category, index) =>
        entry(`${index}`, "Title", { category }),
      ),
    );
    const categories = await directory.categories();
    expect(categories).toHaveLength(3);
    expect(new Set(categories)).toEqual(new Set(["Meta", "Treasury", "Ärger"]));
  });
});

describe("a search", () => {
  beforeEach(() =>
    directory.upsert([
      entry("17", "[EP 5.2] Treasury Diversification"),
      entry("18", "Microgrants for Ünïcode über alles"),
      entry("abc-17", "17 ways to vote"),
      entry("20", "財政報告と予算"),
      entry("21", "Treasury secrets", { hidden: true }),
    ]),
  );

  it.each([
    ["TREASURY", ["17"]],
    ["diversification ep", ["17"]],
    ["ep 5.2", ["17"]],
    ["[EP-5.2]", ["17"]],
    ["ersif", ["17"]],
    ["grant", ["18"]],
    ["unicode ÜBER", ["18"]],
    ["tr", ["17"]],
    ["re", []],
    ["17", ["17", "abc-17"]],
    ["17 vote", ["abc-17"]],
    ["ABC", ["abc-17"]],
    ["予算", []],
    ["報告と", ["20"]],
    ["secret", []],
    ["21", ["21"]],
    ["100%", []],
    ["  ", []],
    ["%_%", []],
  ])("for %j finds %j", async (text, found) => {
    const ids = await directory.search(text, 10);
    expect(ids[0]).toBe(found[0]);
    expect(new Set(ids)).toEqual(new Set(found));
  });

  it("finds no more than is wanted", async () => {
    await directory.upsert(Array.from({ length: 30 }, (_, id) => entry(`m${id}`, "Many votes")));
    expect(await directory.search("votes", 20)).toHaveLength(20);
  });

  it("finds the topic of a pasted address", async () => {
    const url = "https://forum.example/t/grants/40";
    await directory.upsert([entry("40", "Grants", { url }), entry("5", "Five")]);
    const linked = openDirectory(daoSlug, "https://vote.example/forums/{topicId}");
    for (const pasted of [url, `${url}/`, `${url}/5?u=me#post`, ` ${url}\n`]) {
      expect(await linked.search(pasted, 10)).toEqual(["40"]);
    }
    expect(await linked.search("https://vote.example/forums/99/title?x=1", 10)).toEqual(["99"]);
    expect(await linked.search("https://elsewhere.example/t/5/title", 10)).toEqual(["5"]);
    expect(await linked.search("https://elsewhere.example/", 10)).toEqual([]);
  });
});

it("names the topics of rows, where they have one", async () => {
  await directory.upsert([entry("1", "Budget")]);
  const rows = await directory.named([
    { topicId: "1", views: 5 },
    { topicId: null },
    { topicId: "2" },
  ]);
  expect(rows).toEqual([
    { topicId: "1", views: 5, name: expect.objectContaining({ title: "Budget" }) as unknown },
    { topicId: null, name: null },
    { topicId: "2", name: expect.objectContaining({ title: null }) as unknown },
  ]);
});
