import type pg from "pg";
import { DependencyError } from "~/platform/dependency-error.server";
import { runStatement } from "~/platform/postgres.server";
import type { RedisArgument, RedisClient } from "~/platform/redis-script.server";
import { readTarget } from "~/sync/target";
import * as scripts from "./scripts";
import * as statements from "./statements";

/** A batch as its scripts told of it. */
interface OpenBatch {
  id: string;
  size: number;
  isAdopted: boolean;
  withParked: boolean;
}

interface Entry {
  member: string;
  topicId: string | null;
  views: number;
  error: string;
}

/** What came of a sync: why it failed, if it did. */
export type SyncEnd = { failure: string | undefined };

/** Members that one statement applies. */
const CHUNK_SIZE = 2;

class Superseded extends Error {}

/**
 * A process of the version before, as far as it moves views. What it does comes in steps: each is told by its name
 * before it is taken, so that a test can do something in between, or never let it go on.
 */
export class VersionBefore {
  readonly #prefix: string;
  /** After so many refusals a sync parks a target. */
  #parkAfter = 2;

  constructor(private readonly servers: { pool: pg.Pool; redis: RedisClient; daoSlug: string }) {
    this.#prefix = `fv:{${servers.daoSlug}}:`;
  }

  /** A sync of everything that is pending, or of chosen targets with what is parked of them. */
  async *sync({
    targets,
    parkAfter = 2,
  }: { targets?: string[]; parkAfter?: number } = {}): AsyncGenerator<string, SyncEnd> {
    this.#parkAfter = parkAfter;
    yield "begin";
    const trigger = targets ? "retry" : "cron";
    const values = [this.servers.daoSlug, trigger, "cron", targets ?? [], 30, []];
    const run = (await this.#query<{ run: string | null }>(statements.begin, values))[0]?.run;
    if (!run) throw new Error("Another run is active");
    let failure: string | undefined;
    try {
      yield* targets ? this.#flushTargets(run, targets) : this.#flushEverything(run);
    } catch (error) {
      failure = describe(error);
    }
    yield "finish";
    const status = failure === undefined ? "by-counters" : "failed";
    const ended = await this.#query(statements.finish, [run, status, failure ?? null, null]);
    if (ended.length === 0) failure ??= "The run was taken over";
    return { failure };
  }

  /** A discard of one target. */
  async *discard(target: string): AsyncGenerator<string, void> {
    yield "intend";
    const intent = [this.servers.daoSlug, "admin@forum.test", "Spam", [target]];
    const [row] = await this.#query<{ id: string }>(statements.insertDiscard, intent);
    const id = row!.id;
    yield "take";
    const totals = this.#key("totals");
    const [set, done] = [this.#key(`discard:${id}`), this.#key(`discardDone:${id}`)];
    const sources = [this.#key("overlay"), this.#key("parked")];
    const keys = [...sources, totals, set, done, this.#key("lastBatch")];
    await scripts.takeForDiscard.run(this.servers.redis, keys, [id, "parked", target]);
    yield "book";
    const views = (await this.servers.redis.hget(totals, `discard:${id}`)) ?? "0";
    const taken = await this.servers.redis.zrange(set, "0", "-1");
    await this.#query(statements.bookDiscard, [id, views, taken, true]);
    yield "forget";
    await scripts.forgetDiscard.run(this.servers.redis, [totals, set, done], [id, views, 86_400]);
  }

  async *#flushEverything(run: string): AsyncGenerator<string, void> {
    const open = yield* this.#open(run, "claim");
    yield* this.#reconcile(run);
    if (!open) return;
    let deferred = yield* this.#drain(run, open);
    if (open.isAdopted) {
      const everything = yield* this.#open(run, "claim");
      deferred = everything ? yield* this.#drain(run, everything) : [];
    }
    if (deferred.length > 0) yield* this.#flushChosen(run, "overlay", deferred);
  }

  async *#flushTargets(run: string, targets: string[]): AsyncGenerator<string, void> {
    const open = yield* this.#open(run, "adopt");
    yield* this.#reconcile(run);
    if (open) yield* this.#drain(run, open);
    yield* this.#flushChosen(run, "parked", targets);
  }

  async *#flushChosen(
    run: string,
    from: "overlay" | "parked",
    targets: string[],
  ): AsyncGenerator<string, void> {
    // One by one, so that there is a batch that was opened and may still grow.
    for (const target of targets) {
      yield "books";
      const high = await this.#highWater();
      yield "claimChosen";
      const [kind] = await scripts.claimChosen.run(this.servers.redis, this.#scriptKeys(), [
        run,
        high,
        `${this.#prefix}batch:`,
        from,
        target,
      ]);
      if (kind !== "opened") throw new Superseded(`The claim was answered with ${kind}`);
      yield "heartbeat";
      await this.#fenced(statements.heartbeat, [run]);
    }
    const sealed = yield* this.#open(run, "adopt");
    if (sealed) yield* this.#drain(run, sealed);
  }

  async *#open(
    run: string,
    mode: "adopt" | "claim",
  ): AsyncGenerator<string, OpenBatch | undefined> {
    yield "books";
    const high = await this.#highWater();
    yield "open";
    const [kind, id, size, chosen] = await scripts.openBatch.run(
      this.servers.redis,
      this.#scriptKeys(),
      [run, high, `${this.#prefix}batch:`, `${this.#prefix}quarantine`, mode, ""],
    );
    if (kind === "empty") return undefined;
    if (kind !== "opened" && kind !== "adopted") throw new Superseded(`Opening: ${kind}`);
    const isAdopted = kind === "adopted";
    return { id: String(id), size: Number(size), isAdopted, withParked: chosen === "parked" };
  }

  /** It would look up which of the failing targets still hold views; here all of them do. */
  async *#reconcile(run: string): AsyncGenerator<string, void> {
    yield "reconcile";
    await this.#fenced(statements.reconcile, [run, this.servers.daoSlug, [], []]);
  }

  /** Returns what was put off to the run's next batch. */
  async *#drain(run: string, batch: OpenBatch): AsyncGenerator<string, string[]> {
    yield "recordBatch";
    const recovered = batch.isAdopted ? batch.size : 0;
    await this.#fenced(statements.recordBatch, [run, batch.id, batch.size, recovered]);
    const deferred: string[] = [];
    for (;;) {
      yield "read";
      const entries = await this.#read(batch);
      if (entries.length === 0) break;
      const applicable = entries.filter(({ error }) => error === "");
      const aliases = entries.filter(({ error }) => error === "alias");
      yield "applyChunk";
      const refused = await this.#applyBisecting(run, batch, applicable);
      yield "settleApplied";
      const applied = applicable.filter((entry) => !refused.includes(entry));
      await this.#settleApplied(run, batch, applied);
      const malformed = entries.filter(
        (entry) => !applicable.includes(entry) && !aliases.includes(entry),
      );
      yield* this.#settleFailures(run, batch, [...malformed, ...refused]);
      if (aliases.length === 0) continue;
      yield "deferAliases";
      const canonical = aliases.map(({ topicId }) => `forum_topic:${topicId}`);
      const triples = aliases.flatMap(({ member }, index) => [
        member,
        "overlay",
        canonical[index]!,
      ]);
      await this.#asOwner(scripts.settleFailed, run, batch, triples);
      await this.#fenced(statements.deferTargets, [run, aliases.length]);
      deferred.push(...canonical);
    }
    yield "close";
    await this.#asOwner(scripts.closeBatch, run, batch, []);
    return deferred;
  }

  async #read({ id }: OpenBatch): Promise<Entry[]> {
    const key = `${this.#prefix}batch:${id}`;
    const flat = await this.servers.redis.zrange(key, "0", String(CHUNK_SIZE - 1), "WITHSCORES");
    return Array.from({ length: flat.length / 2 }, (_, index) => {
      const member = flat[2 * index]!;
      const views = Number(flat[2 * index + 1]);
      const reading = readTarget(member);
      if (reading.kind === "malformed") {
        return { member, topicId: null, views, error: reading.reason };
      }
      const { topicId, kind } = reading;
      return { member, topicId, views, error: kind === "alias" ? kind : "" };
    });
  }

  /** The entries that the database refuses. */
  async #applyBisecting(run: string, batch: OpenBatch, entries: Entry[]): Promise<Entry[]> {
    if (entries.length === 0) return [];
    const sorted = [...entries].sort((a, b) => (a.topicId! < b.topicId! ? -1 : 1));
    try {
      const [row] = await this.#query<{ fenced: number }>(statements.applyChunk, [
        run,
        this.servers.daoSlug,
        batch.id,
        sorted.map(({ topicId }) => topicId),
        sorted.map(({ views }) => views),
        batch.withParked,
      ]);
      if (!row?.fenced) throw new Superseded("The run was taken over");
      return [];
    } catch (error) {
      const code = (error as pg.DatabaseError).code;
      if (code === "FV001") throw new Superseded("The run was taken over");
      // What a trigger raises lies in the rows; anything else in the statement.
      if (code !== "P0001") throw error;
      if (entries.length === 1) return entries;
      const refused: Entry[] = [];
      for (const entry of entries) {
        refused.push(...(await this.#applyBisecting(run, batch, [entry])));
      }
      return refused;
    }
  }

  async *#settleFailures(
    run: string,
    batch: OpenBatch,
    failures: Entry[],
  ): AsyncGenerator<string, void> {
    if (failures.length === 0) return;
    yield "recordFailures";
    const rows = await this.#query<{ fenced: number; target: string | null; parked: boolean }>(
      statements.recordFailures,
      [
        run,
        this.servers.daoSlug,
        batch.id,
        failures.map(({ member }) => member),
        failures.map(({ topicId }) => topicId),
        failures.map(({ views }) => views),
        failures.map(({ error }) => error || "Refused by the database"),
        this.#parkAfter,
      ],
    );
    if (!rows[0]?.fenced) throw new Superseded("The run was taken over");
    const parked = new Map(rows.map((row) => [row.target, row.parked]));
    yield "settleFailed";
    const appliedBefore = failures.filter(({ member }) => !parked.has(member));
    await this.#settleApplied(run, batch, appliedBefore);
    const triples = failures
      .filter(({ member }) => parked.has(member))
      .flatMap(({ member }) => [member, parked.get(member) ? "parked" : "overlay", member]);
    await this.#asOwner(scripts.settleFailed, run, batch, triples);
  }

  async #settleApplied(run: string, batch: OpenBatch, entries: Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const members = entries.map(({ member }) => member);
    await this.#asOwner(scripts.settleApplied, run, batch, members);
  }

  async #asOwner(
    script: typeof scripts.closeBatch,
    run: string,
    { id }: OpenBatch,
    rest: RedisArgument[],
  ): Promise<void> {
    const keys = [...this.#scriptKeys(), `${this.#prefix}batch:${id}`];
    const reply = await script.run(this.servers.redis, keys, [
      run,
      id,
      `${this.#prefix}batch:`,
      ...rest,
    ]);
    if (reply < 0) throw new Superseded("Another run owns the batch");
  }

  async #highWater(): Promise<string> {
    const [row] = await this.#query<{ last_batch_id: string }>(statements.books, [
      this.servers.daoSlug,
    ]);
    return row?.last_batch_id ?? "0";
  }

  async #fenced(statement: string, values: unknown[]): Promise<void> {
    const rows = await this.#query(statement, values);
    if (rows.length === 0) throw new Superseded("The run was taken over");
  }

  /** Unlike the pool's own method, `runStatement` keeps a connection on which an error was reported. */
  async #query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    return runStatement<Row>(this.servers.pool, text, values).catch((error: Error) => {
      throw error.cause;
    });
  }

  #key(name: string): string {
    return `${this.#prefix}${name}`;
  }

  /** In the order of the scripts' `KEYS`. */
  #scriptKeys(): string[] {
    const names = ["overlay", "batch", "lastBatch", "totals", "parked", "accepted"];
    return names.map((name) => this.#key(name));
  }
}

function describe(error: unknown): string {
  const { cause, message } = error as Error;
  return error instanceof DependencyError && cause instanceof Error ? cause.message : message;
}

/**
 * Takes so many steps, or those before the next one of a name, and stops there; without either it goes on to the
 * end. Returns what it came to, if it did.
 */
export async function advance<End>(
  process: AsyncGenerator<string, End>,
  until: number | string = Infinity,
): Promise<{ end: End } | undefined> {
  // The first call only leads up to the first step.
  for (let step = 0; typeof until === "string" || step <= until; step += 1) {
    const result = await process.next();
    if (result.done) return { end: result.value };
    if (result.value === until) return undefined;
  }
  return undefined;
}
