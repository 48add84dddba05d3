import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import type { AlertKind, AlertMessage, AlertState, Findings } from "./alert";
import * as statements from "./alert-statements";

/** Seconds after which another process may try a message: far longer than an attempt takes. */
const CLAIM_SECONDS = 60;

/** A message to send, and how often it has been tried, this time included. */
export interface ClaimedMessage {
  alert: string;
  attempt: number;
  message: AlertMessage;
}

interface ClaimedRow {
  id: string;
  kind: AlertMessage["kind"];
  title: string;
  text: string;
  path: string;
  started_at: Date;
  resolved_at: Date | null;
  attempts: number;
  state: AlertState;
}

/**
 * The alerts of a DAO in PostgreSQL, where all its processes share them. Each method is one statement, and
 * throws `DependencyError` when PostgreSQL is away.
 */
export class AlertStore {
  constructor(private readonly dependencies: { pool: pg.Pool; daoSlug: string }) {}

  /** The number of a check that begins now; undefined when one began less than `seconds` ago. */
  async beginCheck(seconds: number): Promise<string | undefined> {
    const values = [this.dependencies.daoSlug, seconds];
    const [row] = await runStatement<{ number: string }>(
      this.dependencies.pool,
      statements.beginCheck,
      values,
    );
    return row?.number;
  }

  /** Returns the alerts that began and ended by it; none when a later check has begun. */
  settleCheck(
    check: string,
    findings: Findings,
  ): Promise<Array<{ kind: AlertKind; state: AlertState }>> {
    const wrong = [...findings].flatMap(([kind, finding]) => (finding ? [{ kind, finding }] : []));
    const fine = [...findings].flatMap(([kind, finding]) => (finding ? [] : [kind]));
    return runStatement(this.dependencies.pool, statements.settleCheck, [
      this.dependencies.daoSlug,
      check,
      wrong.map(({ kind }) => kind),
      wrong.map(({ finding }) => finding.title),
      wrong.map(({ finding }) => finding.text),
      wrong.map(({ finding }) => finding.path),
      fine,
    ]);
  }

  /** Takes a message that is due, for this process alone; undefined when there is none. */
  async claim(): Promise<ClaimedMessage | undefined> {
    const values = [this.dependencies.daoSlug, CLAIM_SECONDS];
    const [row] = await runStatement<ClaimedRow>(this.dependencies.pool, statements.claim, values);
    if (!row) return undefined;
    const { id, kind, state, title, text, path } = row;
    return {
      alert: id,
      attempt: row.attempts,
      message: {
        id: `alert_${id}_${state}`,
        kind,
        state,
        dao: this.dependencies.daoSlug,
        title,
        text,
        path,
        startedAt: row.started_at,
        resolvedAt: state === "resolved" ? (row.resolved_at ?? undefined) : undefined,
      },
    };
  }

  async markSent({ alert, message }: ClaimedMessage): Promise<void> {
    await runStatement(this.dependencies.pool, statements.markSent, [alert, message.state]);
  }

  async postpone({ alert, attempt, message }: ClaimedMessage, seconds: number): Promise<void> {
    await runStatement(this.dependencies.pool, statements.postpone, [
      alert,
      message.state,
      attempt,
      seconds,
    ]);
  }

  async giveUp({ alert, attempt, message }: ClaimedMessage): Promise<void> {
    await runStatement(this.dependencies.pool, statements.giveUp, [alert, message.state, attempt]);
  }
}
