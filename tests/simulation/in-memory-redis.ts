import type { RedisClient, RedisScript } from "~/platform/redis-script.server";
import * as batchScripts from "~/sync/redis/batch-scripts";
import { countScript } from "~/counting/count-script";
import { markEpochs } from "~/counting/epoch-store.server";
import { readPending } from "~/counting/view-tracker.server";
import { RedisData } from "./redis-data";
import { inMemoryScripts, isMarked, type RedisGuard } from "./in-memory-scripts";

/** Lets a scheduler intercept every command: it decides whether and when `call` runs, and what it answers. */
export type Around = (command: string, call: () => unknown) => Promise<unknown>;

const direct: Around = (_command, call) => Promise.resolve(call());

/** Digest → name, from the scripts themselves, so that the functions in memory replace exactly these. */
const scriptNames = new Map<string, string>();
for (const [name, script] of Object.entries({
  ...batchScripts,
  countScript,
  markEpochs,
  readPending,
})) {
  const probe = { evalsha: (digest: string) => Promise.resolve(scriptNames.set(digest, name)) };
  void (script as RedisScript<unknown>).run(probe as unknown as RedisClient, [], []);
}

/**
 * A Redis in memory, as far as counting, reading and syncing use it. It behaves like a server with one
 * connection; the real modules run over its clients.
 */
export class InMemoryRedis {
  readonly data = new RedisData();
  /** For each target, the viewers that the count script ever counted, including lost ones. */
  readonly counted = new Map<string, number>();
  /** Per target, the views of overlays that an admin has dropped. */
  readonly dropped = new Map<string, number>();
  /** What happened to the overlay each time that the books were opened. */
  readonly openings: Array<"kept" | "dropped"> = [];
  /** Rises with everything that may have changed something. */
  version = 0;
  readonly #now: () => number;
  readonly #without: ReadonlySet<RedisGuard>;

  constructor({ now, without = [] }: { now: () => number; without?: RedisGuard[] }) {
    this.#now = now;
    this.#without = new Set(without);
  }

  /** A failover to a replica, or a wipe: writes that were acknowledged are gone. */
  become(data: RedisData): void {
    this.version += 1;
    this.data.become(data);
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
      zrevrange: (key: string) => around("ZREVRANGE", () => flat(data.ranked(key).reverse())),
      zincrby: (key: string, amount: number, member: string) =>
        around("ZINCRBY", () => this.write(key, amount, member)),
      del: (...keys: string[]) => around("DEL", () => data.delete(...keys)),
      hgetall: (key: string) =>
        around("HGETALL", () => Object.fromEntries(data.hashes.get(key) ?? [])),
      get: (key: string) => around("GET", () => data.strings.get(key) ?? null),
      mget: (keys: string[]) =>
        around("MGET", () => keys.map((key) => data.strings.get(key) ?? null)),
      set: (key: string, value: string) => around("SET", () => data.strings.set(key, value)),
      multi: () => this.#transaction(around),
    };
    return client as unknown as RedisClient;
  }

  /** Writes without the scripts, as older versions and other programs do. */
  write(key: string, amount: number, member: string): void {
    this.version += 1;
    this.data.addScore(key, amount, member);
  }

  #runScript(name: string, keys: string[], args: string[]): unknown {
    const script = inMemoryScripts[name];
    if (!script) throw new Error(`The in-memory Redis does not know the script ${name}`);
    if (name !== "readPending") this.version += 1;
    const overlay = name === "reopenBooks" ? this.data.ranked(keys[0]!) : [];
    const context = { data: this.data, now: () => String(this.#now()), without: this.#without };
    const isNewViewer = name === "countScript" && !isMarked(context, keys, args);
    const reply = script(context, keys, args);
    if (isNewViewer && (reply === "counted" || reply === "full")) addTo(this.counted, args[0]!, 1);
    if (name === "reopenBooks" && reply !== -1) {
      const isDropped = args[4] === "1";
      this.openings.push(isDropped ? "dropped" : "kept");
      for (const [member, views] of isDropped ? overlay : []) addTo(this.dropped, member, views);
    }
    return reply;
  }

  /** MULTI: what is queued runs at once, at `exec`. */
  #transaction(around: Around) {
    const { data } = this;
    const queued: Array<() => unknown> = [];
    const transaction = {
      hget: (key: string, name: string) => queue(() => data.field(key, name) ?? null),
      zrange: (key: string, from: string, to: string) =>
        queue(() => flat(data.ranked(key).slice(Number(from), Number(to) + 1))),
      get: (key: string) => queue(() => data.strings.get(key) ?? null),
      hgetall: (key: string) => queue(() => Object.fromEntries(data.hashes.get(key) ?? [])),
      exec: () => around("EXEC", () => queued.map((command) => [null, command()])),
    };
    function queue(command: () => unknown) {
      queued.push(command);
      return transaction;
    }
    return transaction;
  }
}

function flat(ranked: Array<[member: string, score: number]>): string[] {
  return ranked.flatMap(([member, score]) => [member, `${score}`]);
}

export function addTo(sums: Map<string, number>, name: string, views: number): void {
  sums.set(name, (sums.get(name) ?? 0) + views);
}
