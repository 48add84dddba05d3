import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import { onDatabase, onRedis } from "~/platform/dependency-error.server";
import type { RedisClient } from "~/platform/redis-script.server";
import type { ViewKeys } from "~/sync/redis/view-keys";
import { forgetDiscard, takeForDiscard } from "~/sync/redis/batch-scripts";
import { asText } from "~/sync/redis/redis-batch-store.server";
import { readRefusal } from "~/sync/engine/refusals";
import { targetLabel } from "~/sync/engine/sort-members";

export interface DiscardRequest {
  /** As Redis holds them; the record keeps their printable names. */
  targets: Array<string | Buffer>;
  /** `parked` means the overlay and what is parked. */
  from?: "overlay" | "parked";
  reason: string;
  /** The admin's e-mail address. */
  actor: string;
}

interface Discarded {
  targets: number;
  views: number;
}

const TAKE_STEP = 500;
const MOST_ATTEMPTS = 5;
/** Longer than any copy of a command can be on its way. */
const DONE_SECONDS = 86_400;

/**
 * Books what was taken so far, however often it runs: only the difference to what is booked counts.
 * The audit entry comes with the first booking. A target's failures end with its views: those that were
 * known when it was decided, and not while parked views may be left.
 * $1 discard, $2 views taken, $3 targets taken, $4 whether parked views were taken too.
 */
const bookDiscard = `
WITH before AS (
  SELECT id, dao_slug, actor, reason, targets, status, views, created_at FROM discards WHERE id = $1 FOR UPDATE
), booked AS (
  UPDATE discards SET status = 'booked', views = GREATEST(discards.views, $2::bigint),
    booked_at = COALESCE(booked_at, clock_timestamp())
  FROM before WHERE discards.id = before.id
), books AS (
  INSERT INTO view_books AS books (dao_slug, discarded)
  SELECT dao_slug, GREATEST($2::bigint - views, 0) FROM before
  ON CONFLICT (dao_slug) DO UPDATE SET discarded = books.discarded + excluded.discarded
), cleared AS (
  DELETE FROM failed_targets USING before
  WHERE failed_targets.dao_slug = before.dao_slug AND target = ANY($3::text[])
    AND (NOT parked OR $4::boolean) AND last_at <= before.created_at
)
INSERT INTO audit_log (dao_slug, actor, action, details)
SELECT dao_slug, actor, 'discard', jsonb_build_object(
  'discard', id::text, 'views', $2::bigint, 'targets', cardinality(targets), 'reason', reason)
FROM before WHERE status = 'intended' OR $2::bigint > views`;

/**
 * Drops pending views by an admin's decision. The intent is written first, then the views are taken out
 * of Redis into a place of their own, then they are booked as discarded, then that place is forgotten:
 * a crash in between leaves an unfinished discard, which `finishUnfinished` books.
 */
export class Discards {
  readonly #pool: pg.Pool;
  readonly #redis: RedisClient;
  readonly #keys: ViewKeys;
  readonly #daoSlug: string;

  constructor(dependencies: {
    pool: pg.Pool;
    redis: RedisClient;
    keys: ViewKeys;
    daoSlug: string;
  }) {
    this.#pool = dependencies.pool;
    this.#redis = dependencies.redis;
    this.#keys = dependencies.keys;
    this.#daoSlug = dependencies.daoSlug;
  }

  /**
   * Returns how many targets and views were dropped. What is in an open batch is not touched, and nothing
   * is before the first sync has opened the books.
   */
  async discard({
    targets,
    from = "parked",
    reason,
    actor,
  }: DiscardRequest): Promise<{ id: string } & Discarded> {
    const [row] = await runStatement<{ id: string }>(
      this.#pool,
      `INSERT INTO discards (dao_slug, actor, reason, targets) VALUES ($1, $2, $3, $4) RETURNING id`,
      [this.#daoSlug, actor, reason, targets.map(targetLabel)],
    );
    const id = row!.id;
    const { overlay, parked, totals, discard, discardDone, lastBatch } = this.#keys;
    for (let start = 0; start < targets.length; start += TAKE_STEP) {
      const step = targets.slice(start, start + TAKE_STEP);
      const taken = await takeForDiscard.run(
        this.#redis,
        [overlay, parked, totals, discard(id), discardDone(id), lastBatch],
        [id, from, ...step],
      );
      // Refused: nothing more is taken, and what is left stays pending.
      if (taken === 0) break;
    }
    return { id, ...(await this.#book(id, { withParked: from === "parked" })) };
  }

  /** Books discards that a crash left between Redis and PostgreSQL. Returns how many. */
  async finishUnfinished(): Promise<number> {
    const totals = await onRedis(() => this.#redis.hkeys(this.#keys.totals));
    const prefix = "discard:";
    const taken = totals
      .filter((field) => field.startsWith(prefix))
      .map((field) => field.slice(prefix.length));
    // One that is going on right now is left to whoever is at it.
    const unfinished = await runStatement<{ id: string }>(
      this.#pool,
      `SELECT id FROM discards WHERE dao_slug = $1 AND (status = 'intended' OR id = ANY($2::bigint[]))
           AND created_at < clock_timestamp() - interval '1 minute'`,
      [this.#daoSlug, taken],
    );
    for (const { id } of unfinished) await this.#book(id, { withParked: false });
    return unfinished.length;
  }

  /** Returns all that the discard has booked. */
  async #book(id: string, { withParked }: { withParked: boolean }): Promise<Discarded> {
    const { totals, discard, discardDone } = this.#keys;
    for (;;) {
      const views = (await onRedis(() => this.#redis.hget(totals, `discard:${id}`))) ?? "0";
      const taken = await this.#taken(id);
      await onDatabase(() => this.#runBooking([id, views, taken, withParked]));
      const forgotten = await forgetDiscard.run(
        this.#redis,
        [totals, discard(id), discardDone(id)],
        [id, views, DONE_SECONDS],
      );
      if (forgotten === 0) continue;
      const [booked] = await runStatement<{ views: string }>(
        this.#pool,
        `SELECT views FROM discards WHERE id = $1`,
        [id],
      );
      return { targets: taken.length, views: Number(booked?.views ?? 0) };
    }
  }

  /** A flush beside it locks the same rows, and one of the two may have to try again. */
  async #runBooking(values: unknown[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await runStatement(this.#pool, bookDiscard, values);
        return;
      } catch (error) {
        if (readRefusal((error as Error).cause).kind !== "transient" || attempt === MOST_ATTEMPTS)
          throw error;
      }
    }
  }

  /** The printable names of what the discard has taken so far. */
  async #taken(id: string): Promise<string[]> {
    const names: string[] = [];
    for (let start = 0; ; start += TAKE_STEP) {
      const members = (await onRedis(() =>
        this.#redis.callBuffer("ZRANGE", this.#keys.discard(id), start, start + TAKE_STEP - 1),
      )) as Buffer[];
      names.push(...members.map((member) => targetLabel(asText(member))));
      if (members.length < TAKE_STEP) return names;
    }
  }
}
