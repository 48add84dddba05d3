import { Prisma, type User } from "~/generated/prisma/client";
import type { PrismaClient } from "~/platform/postgres.server";
import type { AuditAction } from "./audit.server";
import { hashPassword } from "./credentials.server";
import type { IdentityKey } from "./identities";
import type { UserRole } from "./rights";
import { tokenDigest } from "./sessions.server";

/** Somebody to be invited: by an e-mail address, with a password or for the organisation's sign-in, or by a wallet. */
export interface NewUser {
  email?: string | undefined;
  /** As `walletAddress` returns it. */
  address?: string | undefined;
  role: UserRole;
  password?: string | undefined;
}

interface ListedUser extends Pick<
  User,
  "id" | "email" | "role" | "disabled_at" | "created_at" | "last_signed_in_at"
> {
  /** Whether they have a password. */
  has_password: boolean;
  identities: IdentityKey[];
  open_sessions: number;
}

type Refusal =
  | "last-admin"
  /** Without it the user could not sign in any more. */
  | "only-door"
  /** Another user has this identity. */
  | "taken";

/** The result of a change; only `changed` means that something has changed. */
export type ChangeResult =
  { kind: "changed"; name: string } | { kind: "unknown" } | { kind: Refusal };

interface Change {
  /** `WITH` queries; the last one, `changed`, returns the name of the user if something has changed. */
  changed: Prisma.Sql;
  noted: Prisma.Sql;
  /** Which of the user's sessions end with it. */
  ended?: Prisma.Sql;
  /** The reason if the user exists but nothing has changed. */
  refused?: Refusal;
}

/** The name of a user: the e-mail address, or a wallet's address if there is none. */
const userName = Prisma.sql`COALESCE(users.email, (
  SELECT min(subject) FROM user_identities WHERE user_id = users.id AND kind = 'wallet'
), users.id::text)`;

/**
 * Locks the active admins, always in the same order, and counts those who would be left without this one. A
 * concurrent change waits here, and then counts the admins that are left after this one.
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
 * The people who may sign in. Every change writes its audit entry in the same statement; `actor` is the name
 * under which an admin is signed in, or the name of a command.
 */
export class Users {
  /** Without a DAO no audit entries are written: a command may know nothing but the database. */
  constructor(
    private readonly dependencies: { prisma: PrismaClient; daoSlug: string | undefined },
  ) {}

  /** In the order of their names. @throws DependencyError, like everything here */
  list() {
    return this.dependencies.prisma.$queryRaw<ListedUser[]>`
      SELECT users.id::text, email, password_hash IS NOT NULL AS has_password, role::text,
        disabled_at, users.created_at, last_signed_in_at,
        (SELECT count(*)::int FROM sessions
         WHERE user_id = users.id AND expires_at > clock_timestamp()) AS open_sessions,
        (SELECT COALESCE(jsonb_agg(jsonb_build_object(
           'kind', kind, 'issuer', issuer, 'subject', subject) ORDER BY created_at), '[]')
         FROM user_identities WHERE user_id = users.id) AS identities
      FROM users ORDER BY ${userName}`;
  }

  /** Disabled users are found too. */
  findByEmail(email: string) {
    return this.dependencies.prisma.user.findUnique({ where: { email } });
  }

  /** Undefined for a user without a password. */
  async passwordHash(id: string): Promise<string | undefined> {
    const user = await this.dependencies.prisma.user.findUnique({ where: { id } });
    return user?.password_hash ?? undefined;
  }

  /** The user with this identity; disabled users are found, too. */
  async findByIdentity({ kind, issuer, subject }: IdentityKey) {
    const found = await this.dependencies.prisma.userIdentity.findUnique({
      where: { kind_issuer_subject: { kind, issuer, subject } },
      select: { user: { select: { id: true, disabled_at: true } } },
    });
    return found?.user;
  }

  /** False when there is a user with this address. */
  async create(actor: string, { email, address, role, password }: NewUser): Promise<boolean> {
    const passwordHash = password === undefined ? null : await hashPassword(password);
    const name = email ?? address ?? "";
    const rows = await this.dependencies.prisma.$queryRaw<unknown[]>`
        WITH changed AS (
          INSERT INTO users (email, role, password_hash)
          SELECT ${email ?? null}, ${role}::user_role, ${passwordHash}
          WHERE NOT EXISTS (
            SELECT FROM user_identities WHERE kind = 'wallet' AND subject = ${address ?? ""}
          )
          ON CONFLICT (email) DO NOTHING RETURNING id
        ), known AS (
          INSERT INTO user_identities (kind, subject, user_id)
          SELECT 'wallet', ${address ?? ""}, id FROM changed WHERE ${address ?? ""} <> ''
        ), ${this.#note(actor, "user-create", Prisma.sql`'email', ${name}::text, 'role', ${role}::text`)}
        SELECT id FROM changed`;
    return rows.length === 1;
  }

  /** Gives a user another way to sign in. */
  addIdentity(actor: string, id: string, identity: IdentityKey): Promise<ChangeResult> {
    const { kind, issuer, subject } = identity;
    const details = Prisma.sql`'email', name, 'identity', ${subject}::text`;
    return this.#change(id, {
      refused: "taken",
      noted: this.#note(actor, "identity-add", details),
      changed: Prisma.sql`
        person AS (SELECT id, ${userName} AS name FROM users WHERE id = ${id}::uuid),
        added AS (
          INSERT INTO user_identities (kind, issuer, subject, user_id)
          SELECT ${kind}, ${issuer}, ${subject}, id FROM person
          ON CONFLICT DO NOTHING RETURNING user_id
        ), changed AS (SELECT name FROM person JOIN added ON user_id = id)`,
    });
  }

  /**
   * Gives a user the first identity of this kind and issuer. False when they already have one: their e-mail
   * address may belong to somebody else by now.
   */
  async linkFirst(actor: string, id: string, identity: IdentityKey): Promise<boolean> {
    const { kind, issuer } = identity;
    const known = await this.dependencies.prisma.userIdentity.count({
      where: { user_id: id, kind, issuer },
    });
    if (known > 0) return false;
    return (await this.addIdentity(actor, id, identity)).kind === "changed";
  }

  /**
   * Signs the user out everywhere. The only identity of a user who cannot sign in without it is not removed.
   */
  removeIdentity(actor: string, id: string, identity: IdentityKey): Promise<ChangeResult> {
    const { kind, issuer, subject } = identity;
    const isIt = Prisma.sql`kind = ${kind} AND issuer = ${issuer} AND subject = ${subject}`;
    const details = Prisma.sql`'email', name, 'identity', ${subject}::text`;
    return this.#change(id, {
      refused: "only-door",
      noted: this.#note(actor, "identity-remove", details),
      changed: Prisma.sql`
        person AS (
          SELECT id, ${userName} AS name, password_hash FROM users
          WHERE id = ${id}::uuid FOR UPDATE
        ), changed AS (
          DELETE FROM user_identities USING person
          WHERE user_id = person.id AND ${isIt} AND (
            password_hash IS NOT NULL OR EXISTS (
              SELECT FROM user_identities AS other
              WHERE other.user_id = person.id
                AND (other.kind, other.issuer, other.subject) <> (${kind}, ${issuer}, ${subject})
            )
          ) RETURNING name
        )`,
      ended: Prisma.sql`NOT EXISTS (
        SELECT FROM user_identities WHERE user_id = users.id AND ${isIt}
      )`,
    });
  }

  /** Also ends the user's sessions, so that none of them works again when the user is enabled. */
  disable(actor: string, id: string): Promise<ChangeResult> {
    return this.#change(id, {
      noted: this.#note(actor, "user-disable"),
      changed: Prisma.sql`${otherAdmins(id)}, changed AS (
        UPDATE users SET disabled_at = COALESCE(disabled_at, clock_timestamp()) FROM others
        WHERE id = ${id}::uuid AND others.admins > 0 RETURNING ${userName} AS name
      )`,
      ended: Prisma.sql`disabled_at IS NOT NULL`,
    });
  }

  enable(actor: string, id: string): Promise<ChangeResult> {
    return this.#change(id, {
      noted: this.#note(actor, "user-enable"),
      changed: Prisma.sql`changed AS (
        UPDATE users SET disabled_at = NULL WHERE id = ${id}::uuid RETURNING ${userName} AS name
      )`,
    });
  }

  /** Takes effect at the user's next request. */
  changeRole(actor: string, id: string, role: UserRole): Promise<ChangeResult> {
    const details = Prisma.sql`'email', name, 'from', before, 'to', ${role}::text`;
    return this.#change(id, {
      noted: this.#note(actor, "role-change", details),
      changed: Prisma.sql`${otherAdmins(id)}, changed AS (
        UPDATE users SET role = ${role}::user_role
        FROM others, (SELECT id, role::text AS before FROM users) AS old
        WHERE users.id = ${id}::uuid AND old.id = users.id
          AND (${role} = 'admin' OR others.admins > 0)
        RETURNING ${userName} AS name, before
      )`,
    });
  }

  /**
   * Sets a password, and signs the user out everywhere except in the session of `keepToken`.
   * With `expectedHash`, only if that is the current password.
   */
  async changePassword(
    actor: string,
    { id, password, expectedHash, keepToken }: PasswordChange,
  ): Promise<ChangeResult> {
    const passwordHash = await hashPassword(password);
    const kept = keepToken === undefined ? "" : tokenDigest(keepToken);
    return this.#change(id, {
      noted: this.#note(actor, "password-change"),
      changed: Prisma.sql`changed AS (
        UPDATE users SET password_hash = ${passwordHash}
        WHERE id = ${id}::uuid
          AND (${expectedHash ?? null}::text IS NULL OR password_hash = ${expectedHash ?? null})
        RETURNING ${userName} AS name
      )`,
      ended: Prisma.sql`password_hash = ${passwordHash} AND token_digest <> ${kept}`,
    });
  }

  async #change(
    id: string,
    { changed, noted, ended, refused = "last-admin" }: Change,
  ): Promise<ChangeResult> {
    const { prisma } = this.dependencies;
    const change = prisma.$queryRaw<[{ name: string | null; changed: boolean }]>`
      WITH ${changed}, ${noted}
      SELECT (SELECT ${userName} FROM users WHERE id = ${id}::uuid) AS name,
        EXISTS (SELECT 1 FROM changed) AS changed`;
    // Two statements, so that the second one also sees a session whose opening the first one had to wait for.
    const end =
      ended &&
      prisma.$executeRaw`
        DELETE FROM sessions USING users
        WHERE user_id = users.id AND users.id = ${id}::uuid AND ${ended}`;
    const [[row]] = end ? await prisma.$transaction([change, end]) : [await change];
    if (row.name === null) return { kind: "unknown" };
    return row.changed ? { kind: "changed", name: row.name } : { kind: refused };
  }

  #note(actor: string, action: AuditAction, details = Prisma.sql`'email', name`): Prisma.Sql {
    const daoSlug = this.dependencies.daoSlug ?? null;
    return Prisma.sql`noted AS (
      INSERT INTO audit_log (dao_slug, actor, action, details)
      SELECT ${daoSlug}, ${actor}, ${action}, jsonb_build_object(${details})
      FROM changed WHERE ${daoSlug}::text IS NOT NULL
    )`;
  }
}

export interface PasswordChange {
  id: string;
  password: string;
  expectedHash?: string | undefined;
  keepToken?: string | undefined;
}
