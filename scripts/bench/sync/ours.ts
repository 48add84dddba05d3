import type { AppServer } from "../../../tests/helpers/app-server";
import { callSync } from "../../../tests/helpers/call-cron";
import { fillOverlay } from "../../../tests/helpers/sync-fixture";
import { BooksReader } from "../../../app/sync/balance/books.server";
import { waitUntil } from "../../local/wait-until";
import type { BenchServers } from "../bench-servers";
import type { Contender } from "./contenders";

interface SyncAnswer {
  summary?: { total: number; flushed: number; failed: number };
}

/** The product, as a cron calls it. */
export function ours(servers: BenchServers, app: AppServer): Contender {
  const { redis, keys } = servers;
  const books = new BooksReader(servers);
  let answer: { status: number; body: SyncAnswer };
  return {
    name: "ours",
    withDaily: true,
    pid: app.pid,
    async prepare({ ids, views }) {
      await fillOverlay({ redis, keys }, new Map(ids.map((id, index) => [id, views[index]!])));
      // Otherwise the file would grow until Redis rewrites it in the middle of a sync.
      await redis.bgrewriteaof();
      await waitUntil(
        async () => /aof_rewrite_in_progress:0/.test(await redis.info("persistence")),
        { what: "Redis to rewrite its file", seconds: 60 },
      );
    },
    async sync() {
      const response = await callSync(app);
      answer = { status: response.status, body: (await response.json()) as SyncAnswer };
    },
    async verify({ ids }) {
      const { total, flushed } = answer.body.summary ?? {};
      if (answer.status !== 200 || total !== ids.length || flushed !== ids.length) {
        throw new Error(`The sync answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      }
      const { difference, overlay, batch, kept } = await books.read();
      if (difference !== 0 || overlay + batch + kept !== 0) {
        const found = { difference, overlay, batch, kept };
        throw new Error(`The books don't balance after a sync: ${JSON.stringify(found)}`);
      }
    },
  };
}
