import type { RedisClient, RedisScript } from "~/platform/redis-script.server";
import * as batchScripts from "~/sync/redis/batch-scripts";
import { rankCut } from "~/sync/redis/rank-cut-script";
import { countView, readPending } from "~/counting/tracking-scripts";
import { RedisData } from "./redis-data";
import { scriptTwins, type RedisGuard } from "./redis-scripts";

/** Lets a scheduler step in at every command: it decides whether and when `call` runs, and the answer. */
export type Around = (command: string, call: () => unknown) => Promise<unknown>;

const direct: Around = (_command, call) => Promise.resolve(call());

/** Digest → name, asked of the scripts themselves, so that the twins stand in for exactly those. */
const scriptNames = new Map<string, string>();
for (const [name, script] of Object.entries({ ...batchScripts, countView, rankCut, readPending })) {
  const probe = { evalsha: (digest: string) => Promise.resolve(scriptNames.set(digest, name)) };
  void (script as RedisScript<unknown>).run(probe as unknown as RedisClient, [], []);
}

/**
 * A Redis in memory, as far as counting, syncing and discarding use it. It is what the server is behind
 * one connection; the real modules run over its clients.
 */
export class RedisTwin {
  readonly data = new RedisData();
  /** Per target, what discards took and then forgot: Redis does not keep it, but a checker must. */
  forgotten = new Map<string, number>();
  /** Per target, the views that the count script ever counted, lost ones too. */
  readonly counted = new Map<string, number>();
  /** How often the books were opened. */
  openings = 0;
  /** Rises with everything that may have changed something. */
  version = 0;
  readonly #now: () => number;
  readonly #without: ReadonlySet<RedisGuard>;

  constructor({ now, without = [] }: { now: () => number; without?: RedisGuard[] }) {
    this.#now = now;
    this.#without = new Set(without);
  }

  /** What a replica holds that follows up to now; the checker's memory of discards goes with it. */
  replica(): Pick<RedisTwin, "data" | "forgotten"> {
    return { data: this.data.copy(), forgotten: new Map(this.forgotten) };
  }

  /** A failover to a replica, or a wipe: writes that were acknowledged are gone. */
  become({ data, forgotten }: Pick<RedisTwin, "data" | "forgotten">): void {
    this.version += 1;
    this.data.become(data);
    this.forgotten = new Map(forgotten);
  }

  /** A connection. Its methods are those of ioredis that the modules and their tests use. */
  client(around: Around = direct): RedisClient {
    const { data } = this;
    const client = {
      evalsha: (digest: string, count: number, ...rest: Array<string | number>) => {
        const texts = rest.map(String);
        const name = scriptNames.get(digest) ?? "unknown script";
        return around(name, () => this.#runScript(name, texts.slice(0, count), texts.slice(count)));
      },
      zrange: (key: string, from: string, to: string) =>
        around("ZRANGE", () =>
          data
            .ranked(key)
            .slice(Number(from), Number(to) + 1)
            .flatMap(([member, score]) => [member, `${score}`]),
        ),
      callBuffer: (command: string, key: string, from: number, to: number, scores?: string) =>
        around(command, () => {
          const ranked = command === "ZREVRANGE" ? data.ranked(key).reverse() : data.ranked(key);
          const slice = ranked.slice(from, to + 1);
          const texts = slice.flatMap(([member, score]) =>
            scores ? [member, `${score}`] : [member],
          );
          return texts.map((text) => Buffer.from(text));
        }),
      zmscore: (key: string, ...members: string[]) =>
        around("ZMSCORE", () =>
          members.map((member) => data.score(key, member)?.toString() ?? null),
        ),
      hget: (key: string, name: string) => around("HGET", () => data.field(key, name) ?? null),
      hkeys: (key: string) => around("HKEYS", () => [...(data.hashes.get(key)?.keys() ?? [])]),
      zscore: (key: string, member: string) =>
        around("ZSCORE", () => data.score(key, member)?.toString() ?? null),
      zincrby: (key: string, amount: number, member: string) =>
        around("ZINCRBY", () => this.write(key, amount, member)),
      set: (key: string, value: string) =>
        around("SET", () => {
          data.strings.set(key, value);
          return "OK";
        }),
      del: (...keys: string[]) => around("DEL", () => data.delete(...keys)),
      exists: (key: string) => around("EXISTS", () => (data.exists(key) ? 1 : 0)),
      hgetall: (key: string) =>
        around("HGETALL", () => Object.fromEntries(data.hashes.get(key) ?? [])),
      zrevrange: (key: string) =>
        around("ZREVRANGE", () => {
          const ranked = data.ranked(key).reverse();
          return ranked.flatMap(([member, score]) => [member, `${score}`]);
        }),
      get: (key: string) => around("GET", () => data.strings.get(key) ?? null),
      multi: () => this.#transaction(around),
    };
    return client as unknown as RedisClient;
  }

  /** Past the scripts, as older versions and other programs do it. */
  write(key: string, amount: number, member: string): void {
    this.version += 1;
    this.data.addScore(key, amount, member);
  }

  #runScript(name: string, keys: string[], args: string[]): unknown {
    const script = scriptTwins[name];
    if (!script) throw new Error(`The twin does not know the script ${name}`);
    if (name !== "readPending" && name !== "rankCut") this.version += 1;
    if (name === "forgetDiscard") return this.#forget(keys, args);
    const reply = script(this.#context(), keys, args);
    if (name === "countView" && reply === 1) {
      this.counted.set(args[0]!, (this.counted.get(args[0]!) ?? 0) + 1);
    }
    if (name === "reopenBooks" && reply === 1) this.openings += 1;
    return reply;
  }

  #forget(keys: string[], args: string[]): unknown {
    const taken = this.data.ranked(keys[1]!);
    const reply = scriptTwins.forgetDiscard!(this.#context(), keys, args);
    if (reply !== 1) return reply;
    for (const [member, score] of taken) {
      this.forgotten.set(member, (this.forgotten.get(member) ?? 0) + score);
    }
    return reply;
  }

  #context() {
    return { data: this.data, now: () => String(this.#now()), without: this.#without };
  }

  /** MULTI: what is queued runs at once, at `exec`. */
  #transaction(around: Around) {
    const queued: Array<() => unknown> = [];
    const transaction = {
      get: (key: string) => queue(() => this.data.strings.get(key) ?? null),
      hgetall: (key: string) => queue(() => Object.fromEntries(this.data.hashes.get(key) ?? [])),
      exec: () => around("EXEC", () => queued.map((command) => [null, command()])),
    };
    function queue(command: () => unknown) {
      queued.push(command);
      return transaction;
    }
    return transaction;
  }
}
