import type pg from "pg";
import { runStatement } from "~/platform/postgres.server";
import type { AlertKind, AlertMessage, AlertState, Findings } from "./alert";

/** Seconds after which another process may try a message: far longer than an attempt takes. */
const CLAIM_SECONDS = 60;

/**
 * Begins a check, unless another one began less than $2 seconds ago. Its number makes it the latest check. $1
 * dao.
 */
const beginCheck = `
INSERT INTO alert_checks AS checks (dao_slug) VALUES ($1)
ON CONFLICT (dao_slug) DO UPDATE SET number = checks.number + 1, started_at = clock_timestamp()
WHERE checks.started_at <= clock_timestamp() - make_interval(secs => $2)
RETURNING number`;

/**
 * Begins and ends alerts by the findings of a check, unless a later check has begun: a process that stalled
 * must not begin an alert again that is over. A later check waits for the lock.
 * $1 dao, $2 check, $3 kinds, $4 titles, $5 texts and $6 paths of what is wrong, $7 kinds that are fine.
 */
const settleCheck = `
WITH latest AS (
  SELECT dao_slug FROM alert_checks WHERE dao_slug = $1 AND number = $2 FOR UPDATE
), begun AS (
  INSERT INTO alerts (dao_slug, kind, title, text, path)
  SELECT dao_slug, wrong.kind, wrong.title, wrong.text, wrong.path
  FROM latest, unnest($3::text[], $4::text[], $5::text[], $6::text[]) AS wrong(kind, title, text, path)
  ON CONFLICT (dao_slug, kind) WHERE resolved_at IS NULL DO NOTHING
  RETURNING kind
), ended AS (
  UPDATE alerts SET resolved_at = clock_timestamp() FROM latest
  WHERE alerts.dao_slug = latest.dao_slug AND kind = ANY($7::text[]) AND resolved_at IS NULL
  RETURNING kind
)
SELECT kind, 'firing' AS state FROM begun UNION ALL SELECT kind, 'resolved' FROM ended`;

/**
 * Whether a message of this alert is still to be sent. None is when it was given up, or when it ended more
 * than a day ago and its beginning was never reported.
 */
const isWanted = (alert: string) => `${alert}.resolved_sent_at IS NULL
    AND ${alert}.next_attempt_at < 'infinity'
    AND (${alert}.firing_sent_at IS NOT NULL OR ${alert}.resolved_at IS NULL
      OR ${alert}.resolved_at > clock_timestamp() - interval '1 day')`;

/**
 * Takes a message that is due. For each kind of alert, its beginning is reported before its end, and an
 * earlier alert before a later one. No other process gets the message before $2 seconds have passed. $1 dao.
 */
const claim = `
UPDATE alerts SET attempts = attempts + 1,
  next_attempt_at = clock_timestamp() + make_interval(secs => $2)
WHERE id = (
  SELECT id FROM alerts AS due
  WHERE dao_slug = $1 AND ${isWanted("due")}
    AND (firing_sent_at IS NULL OR resolved_at IS NOT NULL)
    AND next_attempt_at <= clock_timestamp()
    AND NOT EXISTS (
      SELECT FROM alerts AS earlier
      WHERE earlier.dao_slug = $1 AND earlier.kind = due.kind
        AND earlier.started_at < due.started_at AND ${isWanted("earlier")}
    )
  ORDER BY next_attempt_at, started_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id AS alert, attempts AS attempt, kind, title, text, path, started_at AS "startedAt",
  CASE WHEN firing_sent_at IS NULL THEN 'firing' ELSE 'resolved' END AS state,
  CASE WHEN firing_sent_at IS NOT NULL THEN resolved_at END AS "resolvedAt"`;

/** Whether the message of an alert is still to be sent: $1 alert, $2 state. */
const isOpen = `id = $1 AND CASE $2 WHEN 'firing' THEN firing_sent_at ELSE resolved_sent_at END IS NULL`;

/** A weekly summary is over when it was sent: nothing follows it. */
const markSent = `
UPDATE alerts SET firing_sent_at = COALESCE(firing_sent_at, clock_timestamp()),
  resolved_at = CASE kind WHEN 'weekly-summary' THEN clock_timestamp() ELSE resolved_at END,
  resolved_sent_at = CASE WHEN $2 = 'resolved' OR kind = 'weekly-summary' THEN clock_timestamp() END,
  attempts = 0, next_attempt_at = clock_timestamp()
WHERE ${isOpen}`;

/** Changes nothing unless this attempt made the last claim. $3 its attempt, $4 seconds. */
const postpone = `
UPDATE alerts SET next_attempt_at = clock_timestamp() + make_interval(secs => $4)
WHERE ${isOpen} AND attempts = $3`;

/** Gives the alert up, unless another attempt has claimed it since. $3 its attempt. */
const giveUp = `
UPDATE alerts SET next_attempt_at = 'infinity' WHERE ${isOpen} AND attempts = $3`;

/** A message to send, and how often it has been tried, this time included. */
export interface ClaimedMessage {
  alert: string;
  attempt: number;
  message: AlertMessage;
}

type ClaimedRow = Omit<ClaimedMessage, "message"> & Omit<AlertMessage, "id" | "dao">;

/**
 * The alerts of a DAO in PostgreSQL, where all its processes share them. Each method is one statement, and
 * throws `DependencyError` when PostgreSQL is away.
 */
export class AlertStore {
  readonly #pool: pg.Pool;
  readonly #dao: string;

  constructor({ pool, daoSlug }: { pool: pg.Pool; daoSlug: string }) {
    this.#pool = pool;
    this.#dao = daoSlug;
  }

  /** The number of a check that begins now; undefined when one began less than `seconds` ago. */
  async beginCheck(seconds: number): Promise<string | undefined> {
    const values = [this.#dao, seconds];
    const [row] = await runStatement<{ number: string }>(this.#pool, beginCheck, values);
    return row?.number;
  }

  /** Returns the alerts that began and ended by it; none when a later check has begun. */
  settleCheck(
    check: string,
    findings: Findings,
  ): Promise<Array<{ kind: AlertKind; state: AlertState }>> {
    const wrong = [...findings].flatMap(([kind, finding]) =>
      finding ? [{ kind, ...finding }] : [],
    );
    const fine = [...findings].flatMap(([kind, finding]) => (finding ? [] : [kind]));
    const columns = (["kind", "title", "text", "path"] as const).map((name) =>
      wrong.map((finding) => finding[name]),
    );
    return runStatement(this.#pool, settleCheck, [this.#dao, check, ...columns, fine]);
  }

  /** Takes a message that is due, for this process alone; undefined when there is none. */
  async claim(): Promise<ClaimedMessage | undefined> {
    const values = [this.#dao, CLAIM_SECONDS];
    const [row] = await runStatement<ClaimedRow>(this.#pool, claim, values);
    if (!row) return undefined;
    const { alert, attempt, ...message } = row;
    const id = `alert_${alert}_${message.state}`;
    return { alert, attempt, message: { ...message, id, dao: this.#dao } };
  }

  async markSent({ alert, message }: ClaimedMessage): Promise<void> {
    await runStatement(this.#pool, markSent, [alert, message.state]);
  }

  async postpone({ alert, attempt, message }: ClaimedMessage, seconds: number): Promise<void> {
    await runStatement(this.#pool, postpone, [alert, message.state, attempt, seconds]);
  }

  async giveUp({ alert, attempt, message }: ClaimedMessage): Promise<void> {
    await runStatement(this.#pool, giveUp, [alert, message.state, attempt]);
  }
}
