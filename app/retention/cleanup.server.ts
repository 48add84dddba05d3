import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import { namesOfTopic } from "~/sync/target";
import type { ViewTracker } from "~/counting/view-tracker.server";
import { cleanupKinds, type CleanupAnswer, type CleanupKind } from "./cleanup-answer";
import * as statements from "./cleanup-statements";

/** How many days each kind is kept; 0 means for ever. */
export interface Retention {
  runErrors: number;
  runs: number;
  /** Also for alerts, from when they were over. */
  auditEntries: number;
  dailyRows: number;
  /** Counted from when the topic's last view was persisted. */
  topics: number;
}

export interface CleanupOptions {
  retention: Retention;
  /** Seconds after which a cleanup ends after its current statement; no limit when undefined. */
  maxSeconds: number | undefined;
  /** Rows that one statement deletes. */
  batchSize: number;
}

export type CleanupResult = Omit<CleanupAnswer, "success" | "message">;

/** Topics that are read, and asked for in Redis, at once. */
const TOPICS_STEP = 500;
/** Topics that one statement removes: with each go all of its days. */
const REMOVED_STEP = 100;
/** Pages after which the position is saved, in case the process is killed. */
const KEPT_PAGES = 50;

interface Dependencies {
  pool: pg.Pool;
  daoSlug: string;
  tracker: Pick<ViewTracker, "getPending">;
  clock: { now(): number };
  options: CleanupOptions;
}

/**
 * Deletes what is past its retention, in short statements that do not hold up a sync or another cleanup. It
 * can be ended at any point: what is deleted stays deleted, and the next cleanup continues.
 */
export class Cleanup {
  #isStopping = false;

  constructor(private readonly dependencies: Dependencies) {}

  /** Lets the current statements finish, and begins no further ones. */
  stop(): void {
    this.#isStopping = true;
  }

  /** @throws DependencyError; what was deleted before is recorded in the audit log */
  async run(actor: string): Promise<CleanupResult> {
    const { clock, options } = this.dependencies;
    const startedAt = clock.now();
    const mustStop = () =>
      this.#isStopping ||
      (options.maxSeconds !== undefined && clock.now() - startedAt >= options.maxSeconds * 1_000);
    const one = new OneCleanup(this.dependencies, actor, mustStop);
    const isComplete = await one.run();
    return { deleted: one.deleted, removedViews: one.removedViews, more: !isComplete };
  }
}

/** One execution, with what it has deleted so far. */
class OneCleanup {
  readonly deleted = Object.fromEntries(cleanupKinds.map((kind) => [kind, 0])) as Record<
    CleanupKind,
    number
  >;
  removedViews = 0;
  /** The id of the audit entry, from the first deletion on. */
  #entry: string | null = null;

  constructor(
    private readonly dependencies: Dependencies,
    private readonly actor: string,
    private readonly mustStop: () => boolean,
  ) {}

  /** Returns whether everything was done. */
  async run(): Promise<boolean> {
    const { retention } = this.dependencies.options;
    return (
      (await this.#expired("runErrors", statements.deleteRunErrors, retention.runErrors)) &&
      (await this.#expired("runs", statements.deleteRuns, retention.runs)) &&
      (await this.#expired(
        "auditEntries",
        statements.deleteAuditEntries,
        retention.auditEntries,
      )) &&
      (await this.#expired("alerts", statements.deleteAlerts, retention.auditEntries)) &&
      (await this.#inBatches("sessions", statements.deleteSessions, [])) &&
      (await this.#expired("dailyRows", statements.deleteDailyRows, retention.dailyRows)) &&
      (await this.#walkTopics(retention.topics))
    );
  }

  async #expired(kind: CleanupKind, statement: string, days: number): Promise<boolean> {
    return days === 0 || this.#inBatches(kind, statement, [days]);
  }

  /** Repeats a deletion until fewer rows than a full batch are left. False when the time was up before. */
  async #inBatches(kind: CleanupKind, statement: string, values: unknown[]): Promise<boolean> {
    const { batchSize } = this.dependencies.options;
    for (;;) {
      if (this.mustStop()) return false;
      const rows = await this.#delete(kind, statement, [...values, batchSize]);
      if (rows < batchSize) return true;
    }
  }

  /**
   * Goes through all topics by their id, from where the last cleanup stopped: there is no index of topics
   * that nobody views, because every sync would have to update it.
   */
  async #walkTopics(days: number): Promise<boolean> {
    if (days === 0) return true;
    const { daoSlug } = this.dependencies;
    const [kept] = await this.#query<{ cleanup_after: string }>(statements.position, [daoSlug]);
    let after = kept?.cleanup_after ?? "";
    let isDone = false;
    try {
      for (let pages = 1; !isDone; pages += 1) {
        const next = await this.#cleanPage(after, days);
        if (next === undefined) break;
        after = next;
        isDone = next === "";
        if (pages % KEPT_PAGES === 0) await this.#keepPosition(after);
      }
    } catch (error) {
      // If this fails, too, the next cleanup looks at some pages again.
      await this.#keepPosition(after).catch(() => undefined);
      throw error;
    }
    await this.#keepPosition(after);
    return isDone;
  }

  /** Returns where to continue, "" after the last page; undefined when the time was up during the page. */
  async #cleanPage(after: string, days: number): Promise<string | undefined> {
    if (this.mustStop()) return undefined;
    const { daoSlug } = this.dependencies;
    const page = await this.#query<{ topicId: string; unviewed: boolean }>(statements.nextTopics, [
      daoSlug,
      after,
      TOPICS_STEP,
      days,
    ]);
    const unviewed = page.filter((topic) => topic.unviewed).map(({ topicId }) => topicId);
    if (!(await this.#removeTopics(unviewed, days))) return undefined;
    return page.length < TOPICS_STEP ? "" : page.at(-1)!.topicId;
  }

  async #keepPosition(after: string): Promise<void> {
    await this.#query(statements.keepPosition, [this.dependencies.daoSlug, after]);
  }

  /** Removes only topics without pending views. False when the time was up before all were removed. */
  async #removeTopics(topicIds: string[], days: number): Promise<boolean> {
    for (let start = 0; start < topicIds.length; start += REMOVED_STEP) {
      if (this.mustStop()) return false;
      const step = topicIds.slice(start, start + REMOVED_STEP);
      const names = step.flatMap(namesOfTopic);
      const { targets } = await this.dependencies.tracker.getPending(names);
      const pending = new Set(
        names.filter((_name, index) => {
          const { overlay, batch } = targets[index]!;
          return overlay + batch > 0;
        }),
      );
      const idle = step.filter((id) => !namesOfTopic(id).some((name) => pending.has(name)));
      if (idle.length > 0) await this.#delete("topics", statements.removeTopics, [days, idle]);
    }
    return true;
  }

  async #delete(kind: CleanupKind, statement: string, values: unknown[]): Promise<number> {
    const [row] = await this.#query<{ rows: number; views: string; entry: string | null }>(
      statement,
      [this.dependencies.daoSlug, this.#entry, this.actor, ...values],
    );
    const { rows, views, entry } = row!;
    this.#entry = entry;
    this.deleted[kind] += rows;
    this.removedViews += Number(views);
    return rows;
  }

  #query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    return runStatement<Row>(this.dependencies.pool, text, values);
  }
}
