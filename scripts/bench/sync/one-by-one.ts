import type { Database } from "../../../app/platform/postgres.server";
import type { BenchServers } from "../bench-servers";
import type { Contender } from "./contenders";

const prefix = "vcount:topic:";
const valuesAtATime = 2_000;

/**
 * What forums run today: one string for each topic, listed with KEYS, and for each of them GET, an upsert and
 * DEL. It runs in the bench's own process, without HTTP and next to its Redis, which makes it look faster
 * than it is.
 */
export function oneByOne({ redis, daoSlug }: BenchServers, { prisma }: Database): Contender {
  return {
    name: "one by one",
    withDaily: false,
    async prepare({ ids, views }) {
      const pairs = ids.flatMap((id, index) => [`${prefix}${id}`, String(views[index])]);
      for (let start = 0; start < pairs.length; start += valuesAtATime) {
        await redis.mset(...pairs.slice(start, start + valuesAtATime));
      }
    },
    async sync() {
      for (const key of await redis.keys(`${prefix}*`)) {
        const views = Number(await redis.get(key));
        const topicId = key.slice(prefix.length);
        const lastUpdated = new Date();
        await prisma.forumTopicViewStats.upsert({
          where: { dao_slug_topicId: { dao_slug: daoSlug, topicId } },
          create: { dao_slug: daoSlug, topicId, views, lastUpdated },
          update: { views: { increment: views }, lastUpdated },
        });
        await redis.del(key);
      }
    },
    async verify() {
      const left = await redis.keys(`${prefix}*`);
      if (left.length > 0) throw new Error(`One by one left ${left.length} keys in Redis`);
    },
  };
}
