import type { MarkEpoch, Viewer } from "~/counting/mark-epochs";
import { ViewTracker, type CountLimits, type View } from "~/counting/view-tracker.server";
import type { SyncFixture } from "./sync-fixture";

type Dao = Pick<SyncFixture, "redis" | "keys">;

/** Counts like a process that has just started. */
export function counter(dao: Dao, limits: Partial<CountLimits> = {}) {
  const tracker = new ViewTracker({
    ...{ redis: dao.redis, keys: dao.keys },
    limits: { windowSeconds: 600, perMinute: 0, perNetwork: 30, ...limits },
  });
  return async (
    view: Partial<Omit<View, "viewer">> & { viewer: Viewer | string },
  ): Promise<string> => {
    const viewer = typeof view.viewer === "string" ? { name: view.viewer } : view.viewer;
    const { outcome } = await tracker.count({
      targetType: "forum_topic",
      targetId: "1",
      ...view,
      viewer,
    });
    return outcome;
  };
}

export async function readEpochs({ redis, keys }: Dao): Promise<MarkEpoch[]> {
  return JSON.parse((await redis.hget(keys.marks, "epochs")) ?? "[]") as MarkEpoch[];
}

export async function changeEpochs(
  dao: Dao,
  change: (epoch: MarkEpoch, index: number) => Partial<MarkEpoch>,
): Promise<void> {
  const epochs = (await readEpochs(dao)).map((epoch, index) => ({
    ...epoch,
    ...change(epoch, index),
  }));
  await dao.redis.hset(dao.keys.marks, "epochs", JSON.stringify(epochs));
}

/**
 * Makes every mark older by this time, for processes that start afterwards. The newest epoch continues, or is
 * over by then.
 */
export async function passTime(
  dao: Dao,
  seconds: number,
  { isOver = false }: { isOver?: boolean } = {},
): Promise<void> {
  const now = Date.now();
  await changeEpochs(dao, ({ start, end }, index) => ({
    start: start - seconds * 1_000,
    end: index === 0 ? now + (isOver ? 0 : 3_600_000) : end - seconds * 1_000,
  }));
}
