import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "~/platform/logger.server";
import { connectDatabase } from "~/platform/postgres.server";
import { TopicDirectory } from "~/stats/directory.server";
import { withClient } from "../../scripts/database/with-client";
import { fromAgora } from "../../scripts/topics/from-agora";
import { fromCsv } from "../../scripts/topics/from-csv";
import { fromDiscourse } from "../../scripts/topics/from-discourse";
import { importTopics, type Imported, type SourcePage } from "../../scripts/topics/write-topics";
import { testDaoSlug } from "../helpers/dao-slug";
import { createTestDatabase } from "../helpers/database";
import { startDiscourse, type Discourse } from "../helpers/discourse";
import { oldSchema } from "../helpers/old-forum";
import { processEnv, runScript } from "../helpers/run-script";
import { forEachTest, forAllTests, useServers } from "../helpers/use-servers";

/** Titles and categories from each of their sources; importing them a second time changes nothing. */

const use = useServers();
const database = forAllTests(() =>
  connectDatabase({ url: use.database.url, poolSize: 4, logger: createLogger("silent") }),
);
let daoSlug: string;
let directory: TopicDirectory;
let imported: Imported;

beforeEach(() => {
  daoSlug = testDaoSlug();
  const { pool, prisma } = database;
  directory = new TopicDirectory({ pool, prisma, daoSlug, topicUrl: undefined });
});

/** Returns what was imported, even if the import failed on the way. */
async function bring(pages: AsyncIterable<SourcePage>): Promise<Imported> {
  imported = { created: 0, updated: 0, unchanged: 0, problems: [] };
  await importTopics(directory, pages, imported);
  return imported;
}

const nameOf = async (topicId: string) => (await directory.names([topicId])).get(topicId);

describe("from Agora's database", () => {
  /** 2,000 topics of two DAOs in turn; of ENS, some are deleted, and some are not revealed yet. */
  async function withForum(use: (url: string) => Promise<void>, change = ""): Promise<void> {
    const forum = await createTestDatabase({ bare: true });
    try {
      await withClient(forum.url, (client) =>
        client.query(`${oldSchema}
          INSERT INTO alltenant.forum_categories VALUES (1, 'OP', 'Grants'), (2, 'ENS', 'Treasury');
          INSERT INTO alltenant.forum_topics (dao_slug, title, category_id, deleted_at, reveal_time)
          SELECT (CASE n % 2 WHEN 0 THEN 'ENS' ELSE 'OP' END)::config.dao_slug, 'Title ' || n,
            CASE WHEN n % 3 > 0 THEN 2 - n % 2 END, CASE WHEN n % 20 = 0 THEN now() END,
            CASE WHEN n % 50 = 2 THEN now() + interval '1 day' WHEN n % 50 = 4 THEN now() - interval '1 day' END
          FROM generate_series(1, 2000) AS n;
          UPDATE alltenant.forum_topics SET title = ' ' WHERE id = 6;
          ${change}`),
      );
      await use(forum.url);
    } finally {
      await forum.drop();
    }
  }

  const ens = (url: string, schema = "alltenant") =>
    withClient(url, (client) => bring(fromAgora(client, { schema, dao: "ens" })));

  it("come the topics of this DAO, and the second time nothing changes", () =>
    withForum(async (url) => {
      const problems = ["topic 6: title must not be empty"];
      expect(await ens(url)).toEqual({ created: 999, updated: 0, unchanged: 0, problems });
      expect(await ens(url)).toEqual({ created: 0, updated: 0, unchanged: 999, problems });
      expect(await nameOf("4")).toEqual({
        title: "Title 4",
        url: null,
        category: "Treasury",
        hidden: false,
      });
      expect(await nameOf("2000")).toMatchObject({ title: "Hidden topic", hidden: true });
      expect(await nameOf("52")).toMatchObject({ title: "Hidden topic", hidden: true });
      expect(await nameOf("54")).toMatchObject({ title: "Title 54" });
      expect(await nameOf("3")).toMatchObject({ title: null });
      await withClient(url, (client) =>
        client.query("UPDATE alltenant.forum_topics SET reveal_time = now() WHERE id = 52"),
      );
      expect(await ens(url)).toMatchObject({ created: 0, updated: 1, unchanged: 998 });
      expect(await nameOf("52")).toMatchObject({ title: "Title 52", hidden: false });
    }));

  it("comes a sentence where its tables are others", () =>
    withForum(async (url) => {
      await expect(ens(url)).rejects.toThrow(
        "they lack forum_topics.reveal_time, forum_categories.name",
      );
      await expect(ens(url, "elsewhere")).rejects.toThrow(
        "there is no table elsewhere.forum_topics in this database: see --schema",
      );
    }, "ALTER TABLE alltenant.forum_topics DROP reveal_time; ALTER TABLE alltenant.forum_categories DROP name;"));
});

describe("from a Discourse", () => {
  const discourse = forEachTest(() => startDiscourse({ topics: 75 }));

  const bringAll = () =>
    bring(fromDiscourse({ address: `${discourse.address}/`, apiKey: undefined }));
  const counts = (created: number, updated: number, unchanged: number) => ({
    ...{ created, updated, unchanged, problems: [] },
  });

  it("come all topics with their categories, and the second time nothing changes", async () => {
    expect(await bringAll()).toEqual(counts(75, 0, 0));
    expect(await nameOf("3")).toEqual({
      title: "Topic number 3",
      url: `${discourse.address}/t/topic-3/3`,
      category: "Site feedback",
      hidden: false,
    });
    expect(await nameOf("70")).toMatchObject({ title: "Hidden topic", url: null });
    expect(await bringAll()).toEqual(counts(0, 0, 75));
    discourse.setTitle(75, "Another title");
    expect(await bringAll()).toEqual(counts(0, 1, 74));
  });

  it("that has too much to do, they come when it says so", async () => {
    discourse.once("page=1", { status: 429, headers: { "Retry-After": "1" } });
    discourse.once("categories", { status: 429, headers: { "Retry-After": "0" } });
    expect(await bringAll()).toEqual(counts(75, 0, 0));
    expect(discourse.asked.filter((asked) => asked.includes("page=1"))).toHaveLength(2);
  });

  it.each<[string, Parameters<Discourse["once"]>[1], string]>([
    ["500", { status: 500 }, "answered 500"],
    [
      "HTML",
      { body: "<!doctype html><title>Maintenance</title>" },
      "did not answer with whole JSON",
    ],
    [
      "half a page",
      { body: '{"topic_list":{"topics":[{"id":1,"tit' },
      "did not answer with whole JSON",
    ],
    [
      "another form",
      { body: '{"topic_list":{"topics":[{"id":"x"}]}}' },
      "as a Discourse does: topic_list.topics.0.id",
    ],
    [
      "elsewhere",
      { status: 301, headers: { Location: "https://new.example/" } },
      "leads to https://new.example/",
    ],
    [
      "to wait for long",
      { status: 429, headers: { "Retry-After": "3600" } },
      "asks to wait for 3600 seconds",
    ],
  ])(
    "that answers %s, what was imported stays, and the next time goes on",
    async (_what, answer, reason) => {
      discourse.once("page=1", answer);
      await expect(bringAll()).rejects.toThrow(reason);
      expect(imported).toEqual(counts(30, 0, 0));
      expect(await bringAll()).toEqual(counts(45, 0, 30));
    },
  );

  it("that wants a key, they come with it", async () => {
    const closed = await startDiscourse({ topics: 3, key: "the-key" });
    try {
      const { address } = closed;
      await expect(bring(fromDiscourse({ address, apiKey: undefined }))).rejects.toThrow(
        "answered 403",
      );
      expect(await bring(fromDiscourse({ address, apiKey: "the-key" }))).toEqual(counts(3, 0, 0));
    } finally {
      await closed.close();
    }
  });
});

describe("from a CSV", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "forum-views-csv-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function write(text: string): Promise<string> {
    const file = path.join(folder, "topics.csv");
    await writeFile(file, text);
    return file;
  }
  const bringText = async (text: string) => bring(fromCsv(await write(text)));

  it("come its lines, and the second time nothing changes", async () => {
    const text =
      "\uFEFFtopicId,title,category,createdAt,hidden,url\r\n" +
      '1,"A ""quoted"", long\ntitle",Meta,2026-01-02T03:04:05+02:00,no,https://forum.example/1\r\n' +
      "\r\n2,<b>HTML</b>,,,TRUE,\r\n";
    expect(await bringText(text)).toEqual({ created: 2, updated: 0, unchanged: 0, problems: [] });
    expect(await bringText(text)).toEqual({ created: 0, updated: 0, unchanged: 2, problems: [] });
    expect(await nameOf("1")).toMatchObject({
      ...{ title: 'A "quoted", long title', url: "https://forum.example/1", category: "Meta" },
    });
    expect(await nameOf("2")).toMatchObject({ title: "Hidden topic" });
  });

  it("come all lines but those that are wrong, which are named", async () => {
    const lines = [
      "topicId,title,url,hidden",
      "1,One,,",
      "a b,Two,,",
      "3,,javascript:x,perhaps",
      "4,Four,,",
    ];
    expect(await bringText(lines.join("\n"))).toMatchObject({
      created: 2,
      problems: [
        "line 3: topicId must be 1 to 100 letters, digits, hyphens or underscores",
        "line 4: title must not be empty, url must be an http or https URL, hidden must be true or false",
      ],
    });
  });

  it.each([
    ["id,name\n1,One", "no column topicId, title"],
    ["topicId,title,tilte\n1,One,x", "columns that are not known: tilte"],
    ['topicId,title\n1,"One', "Quote Not Closed"],
    ["topicId,title\n1,One,more", "Invalid Record Length"],
  ])("%j is refused", async (text, reason) => {
    await expect(bringText(text)).rejects.toThrow(reason);
  });

  it("by the command, whose code says whether all came", async () => {
    const run = (...options: string[]) =>
      runScript("topics-import", options, processEnv({ ...use.urls, daoSlug }));
    const file = await write("topicId,title\n1,One\n2,");
    expect(await run("--from", "csv", "--file", file)).toEqual({
      code: 1,
      output: "Imported 1 topics: 1 created, 0 updated, 0 unchanged\n",
      log: "Left alone line 3: title must not be empty\n",
    });
    await write("topicId,title\n1,One\n2,Two");
    expect(await run("--from", "csv", "--file", file)).toMatchObject({ code: 0, log: "" });
    const missing = await run("--from", "csv", "--file", path.join(folder, "missing.csv"));
    expect(missing).toMatchObject({
      code: 1,
      log: expect.stringContaining("could not go on: ENOENT") as string,
    });
    expect(await run("--from", "phpbb")).toMatchObject({ code: 2, output: "" });
  });
});
