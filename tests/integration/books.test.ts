import { expect, it } from "vitest";
import { BooksReader } from "~/modules/view-sync/books.server";
import { syncFixture } from "../helpers/sync-fixture";
import { useServers } from "../helpers/use-servers";

const use = useServers();

it("the books are read again when a sync moved views between the two stores", async () => {
  const dao = syncFixture(use.servers);
  await dao.count("a", 3);
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
          if (reads === 1) await dao.sync();
          return replies;
        };
        return transaction;
      };
    },
  });
  const { pool, keys, daoSlug } = dao;
  const books = await new BooksReader({ pool, redis, keys, daoSlug }).read();
  expect(books).toMatchObject({ isSettled: true, difference: 0, applied: 3, overlay: 0 });
  expect(reads).toBe(2);
});
