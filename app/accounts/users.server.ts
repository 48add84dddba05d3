import { Prisma } from "~/generated/prisma/client";
import type { PrismaClient } from "~/platform/postgres.server";
import type { NewUser, UserRole } from "./credentials.server";
import { hashPassword } from "./credentials.server";
import { tokenDigest } from "./sessions.server";

interface ListedUser {
  id: string;
  email: string;
  role: UserRole;
  disabled_at: Date | null;
  created_at: Date;
  open_sessions: number;
  /** When the newest of the open sessions began. */
  last_session_at: Date | null;
}

/** What a change came to; only `changed` has changed anything. */
export type ChangeResult =
  { kind: "changed"; email: string } | { kind: "unknown" } | { kind: "last-admin" };

interface ChangeRow {
  /** Null when there is no such user. */
  email: string | null;
  changed: boolean;
}

/**
 * Locks the active admins, one after the other in the same order everywhere, and counts those who would
 * be left without this one. A second change waits here, and then counts what the first one left.
 */
function otherAdmins(id: string): Prisma.Sql {
  return Prisma.sql`
    admins AS (
      SELECT id FROM users WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE
    ), others AS (
      SELECT count(*) AS admins FROM admins WHERE id <> ${id}::uuid
    )`;
}

/**
 * The people who may sign in. Every change writes its audit entry in the same statement; `actor` is an
 * e-mail address, or the name of a command.
 */
export class Users {
  readonly #prisma: PrismaClient;
  readonly #daoSlug: string | null;

  /** Without a DAO there is no audit log to write to: a command that only knows the database. */
  constructor(dependencies: { prisma: PrismaClient; daoSlug: string | undefined }) {
    this.#prisma = dependencies.prisma;
    this.#daoSlug = dependencies.daoSlug ?? null;
  }

  /** In the order of their addresses. @throws DependencyError, like everything here */
  list() {
    return this.#prisma.$queryRaw<ListedUser[]>`
      SELECT users.id::text, email, role::text, disabled_at, users.created_at,
        count(sessions.user_id)::int AS open_sessions,
        max(sessions.created_at) AS last_session_at
      FROM users LEFT JOIN sessions
        ON sessions.user_id = users.id AND expires_at > clock_timestamp()
      GROUP BY users.id ORDER BY email`;
  }

  /** Disabled users are found too. */
  findByEmail(email: string) {
    return this.#prisma.user.findUnique({ where: { email } });
  }

  /** False when there is a user with this address. */
  async create(actor: string, { email, role, password }: NewUser): Promise<boolean> {
    const passwordHash = await hashPassword(password);
    const rows = await this.#prisma.$queryRaw<unknown[]>`
        WITH changed AS (
          INSERT INTO users (email, role, password_hash)
          VALUES (${email}, ${role}::user_role, ${passwordHash})
          ON CONFLICT (email) DO NOTHING RETURNING email
        ), ${this.#note(actor, "user-create", Prisma.sql`'email', email, 'role', ${role}::text`)}
        SELECT email FROM changed`;
    return rows.length === 1;
  }

  /** Ends the user's sessions too, so that enabling brings none of them back. */
  async disable(actor: string, id: string): Promise<ChangeResult> {
    const [rows] = await this.#prisma.$transaction([
      this.#prisma.$queryRaw<ChangeRow[]>`
          WITH ${otherAdmins(id)}, changed AS (
            UPDATE users SET disabled_at = COALESCE(disabled_at, clock_timestamp()) FROM others
            WHERE id = ${id}::uuid AND others.admins > 0 RETURNING email
          ), ${this.#note(actor, "user-disable", Prisma.sql`'email', email`)}
          ${changeOf(id)}`,
      this.#prisma.$executeRaw`
          DELETE FROM sessions USING users
          WHERE user_id = users.id AND users.id = ${id}::uuid AND disabled_at IS NOT NULL`,
    ]);
    return readChange(rows);
  }

  async enable(actor: string, id: string): Promise<ChangeResult> {
    const rows = await this.#prisma.$queryRaw<ChangeRow[]>`
        WITH changed AS (
          UPDATE users SET disabled_at = NULL WHERE id = ${id}::uuid RETURNING email
        ), ${this.#note(actor, "user-enable", Prisma.sql`'email', email`)}
        ${changeOf(id)}`;
    return readChange(rows);
  }

  /** Takes effect at the user's next request. */
  async changeRole(actor: string, id: string, role: UserRole): Promise<ChangeResult> {
    const details = Prisma.sql`'email', email, 'from', before, 'to', ${role}::text`;
    const rows = await this.#prisma.$queryRaw<ChangeRow[]>`
        WITH ${otherAdmins(id)}, changed AS (
          UPDATE users SET role = ${role}::user_role
          FROM others, (SELECT id, role::text AS before FROM users) AS old
          WHERE users.id = ${id}::uuid AND old.id = users.id
            AND (${role} = 'admin' OR others.admins > 0)
          RETURNING email, before
        ), ${this.#note(actor, "role-change", details)}
        ${changeOf(id)}`;
    return readChange(rows);
  }

  /**
   * Sets a password and signs the user out everywhere but in the session that is kept.
   * `expectedHash`: only if that is the password until now.
   */
  async changePassword(
    actor: string,
    { id, password, expectedHash, keepToken }: PasswordChange,
  ): Promise<ChangeResult> {
    const passwordHash = await hashPassword(password);
    const kept = keepToken === undefined ? "" : tokenDigest(keepToken);
    // In two statements: the second sees a session that the first one has waited for.
    const [rows] = await this.#prisma.$transaction([
      this.#prisma.$queryRaw<ChangeRow[]>`
          WITH changed AS (
            UPDATE users SET password_hash = ${passwordHash}
            WHERE id = ${id}::uuid
              AND (${expectedHash ?? null}::text IS NULL OR password_hash = ${expectedHash ?? null})
            RETURNING email
          ), ${this.#note(actor, "password-change", Prisma.sql`'email', email`)}
          ${changeOf(id)}`,
      this.#prisma.$executeRaw`
          DELETE FROM sessions USING users
          WHERE user_id = users.id AND users.id = ${id}::uuid
            AND password_hash = ${passwordHash} AND token_digest <> ${kept}`,
    ]);
    return readChange(rows);
  }

  #note(actor: string, action: string, details: Prisma.Sql): Prisma.Sql {
    return Prisma.sql`noted AS (
      INSERT INTO audit_log (dao_slug, actor, action, details)
      SELECT ${this.#daoSlug}, ${actor}, ${action}, jsonb_build_object(${details})
      FROM changed WHERE ${this.#daoSlug}::text IS NOT NULL
    )`;
  }
}

export interface PasswordChange {
  id: string;
  password: string;
  expectedHash?: string | undefined;
  keepToken?: string | undefined;
}

function changeOf(id: string): Prisma.Sql {
  return Prisma.sql`
    SELECT (SELECT email FROM users WHERE id = ${id}::uuid) AS email,
      EXISTS (SELECT 1 FROM changed) AS changed`;
}

function readChange(rows: ChangeRow[]): ChangeResult {
  const row = rows[0];
  if (!row || row.email === null) return { kind: "unknown" };
  return row.changed ? { kind: "changed", email: row.email } : { kind: "last-admin" };
}
