import { randomBytes } from "node:crypto";
import { RedisScript, type RedisClient } from "~/platform/redis-script.server";
import { luaPrelude } from "~/sync/redis/lua-prelude";
import type { ViewKeys } from "~/sync/redis/view-keys";
import { withNextEpoch, type MarkEpoch } from "./mark-epochs";

/** Another process may open an epoch first. Losing this race so often means that something else is wrong. */
const MOST_ATTEMPTS = 5;

/**
 * Reads the epochs of marks. First writes new ones, if the caller has any and nobody else has written since
 * it read them.
 * Keys: marks, accepted. Arguments: id of the newest epoch as read, or ''; and to write: the id of the new
 * epoch, all epochs, and milliseconds after which they are forgotten.
 */
export const markEpochs = new RedisScript<
  [now: string, accepted: string | null, epochs: string | null]
>(`
${luaPrelude}
if ARGV[2] and (redis.call('HGET', KEYS[1], 'current') or '') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'current', ARGV[2], 'epochs', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return {now(), redis.call('GET', KEYS[2]), redis.call('HGET', KEYS[1], 'epochs')}
`);

/** The epochs of marks as Redis has them, so that all processes look into the same buckets. */
export class EpochStore {
  #epochs: Promise<MarkEpoch[]> | undefined;

  constructor(
    private readonly dependencies: { redis: RedisClient; keys: ViewKeys; windowSeconds: number },
  ) {}

  /**
   * Newest first, as they were read last.
   * @throws DependencyError when Redis is away
   */
  current(): Promise<MarkEpoch[]> {
    return (this.#epochs ??= this.#remember(this.#load()));
  }

  /**
   * Reads the epochs again, unless another call has done so since `seen` was read. Opens the next one where the
   * newest is over, or is the one that was outgrown.
   */
  async refresh(seen: Promise<MarkEpoch[]>, outgrown?: number): Promise<void> {
    if (this.#epochs === seen) this.#epochs = this.#remember(this.#load(outgrown));
    await this.current();
  }

  /** Forgets a read that failed, so that the next call reads again. */
  #remember(loading: Promise<MarkEpoch[]>): Promise<MarkEpoch[]> {
    loading.catch(() => {
      if (this.#epochs === loading) this.#epochs = undefined;
    });
    return loading;
  }

  async #load(outgrown?: number): Promise<MarkEpoch[]> {
    const { redis, keys, windowSeconds } = this.dependencies;
    let change: Array<string | number> = [];
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const reply = await markEpochs.run(redis, [keys.marks, keys.accepted], change);
      const [now, accepted] = [Number(reply[0]), Number(reply[1] ?? 0)];
      const epochs = JSON.parse(reply[2] ?? "[]") as MarkEpoch[];
      const [newest] = epochs;
      if (newest && now < newest.end && newest.id !== outgrown) return epochs;
      const secret = randomBytes(16).toString("hex");
      const next = withNextEpoch({ epochs, now, accepted, windowSeconds, secret });
      const end = next[0]?.end ?? now;
      const keptFor = end - now + windowSeconds * 1_000;
      change = [newest?.id ?? "", next[0]?.id ?? "", JSON.stringify(next), keptFor];
    }
    throw new Error("The epochs of marks change all the time");
  }
}
