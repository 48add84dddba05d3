import { expect, it } from "vitest";
import { BooksReader } from "~/sync/balance/books.server";
import { syncFixture, type SyncFixture } from "../helpers/sync-fixture";
import { useServers } from "../helpers/use-servers";

const use = useServers();

/** Reads the books; right after Redis was read for the first time, `happens` runs. */
async function readWhile(dao: SyncFixture, happens: () => Promise<unknown>) {
  let reads = 0;
  const redis = new Proxy(dao.redis, {
    get(target, name) {
      if (name !== "multi") return Reflect.get(target, name, target) as unknown;
      return () => {
        const transaction = target.multi();
        const exec = transaction.exec.bind(transaction);
        transaction.exec = async () => {
          const replies = await exec();
          reads += 1;
          if (reads === 1) await happens();
          return replies;
        };
        return transaction;
      };
    },
  });
  const { pool, keys, daoSlug } = dao;
  const books = await new BooksReader({ pool, redis, keys, daoSlug }).read();
  return { books, reads };
}

it("the books are read again when a sync moved views between the two stores", async () => {
  const dao = syncFixture(use.servers);
  await dao.count("a", 3);
  const { books, reads } = await readWhile(dao, () => dao.sync());
  expect(books).toMatchObject({ isSettled: true, difference: 0, applied: 3, overlay: 0 });
  expect(reads).toBe(2);
});

it("they are read again when PostgreSQL saw another batch, though no view moved", async () => {
  const dao = syncFixture(use.servers);
  await dao.count("a", 3);
  await dao.sync();
  // As by a batch of which every row was applied before.
  const { books, reads } = await readWhile(dao, async () => {
    await dao.redis.incr(dao.keys.lastBatch);
    await dao.query(`UPDATE view_books SET last_batch_id = last_batch_id + 1 WHERE dao_slug = $1`);
  });
  expect(books).toMatchObject({ isSettled: true, lastBatch: 2, highWater: 2 });
  expect(reads).toBe(2);
});
