import { createHash, randomBytes } from "node:crypto";
import { Prisma } from "~/generated/prisma/client";
import type { PrismaClient } from "~/platform/postgres.server";
import { browserName, networkInShort } from "./client-description";
import type { IdentityKey } from "./identities";
import type { UserRole } from "./rights";

/** Seconds after which a session ends in any case, and after which an unused one ends. */
export const SESSION_SECONDS = 14 * 24 * 3_600;
const IDLE_SECONDS = 3 * 24 * 3_600;
/** Seconds between two updates of when a session was last used. */
const SEEN_SECONDS = 300;

/** The user of a request, as the database had them when the request came. */
export interface SignedInUser {
  id: string;
  /** What they signed in with, an e-mail address or a wallet's: the audit log names it. */
  name: string;
  role: UserRole;
}

/** A user who has proved their identity, and by what. */
export interface ProvenUser {
  id: string;
  name: string;
  by: { passwordHash: string } | IdentityKey;
}

/** The browser that signs in. */
export interface ClientOfSession {
  ip?: string | undefined;
  userAgent?: string | null | undefined;
  /** The token of the session that the browser had before, which ends now. */
  replacedToken?: string | undefined;
}

/** Only digests are stored, so that nobody who reads the table can use a session. */
export function tokenDigest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Signed-in browsers, kept in PostgreSQL, so that every one of them can be signed out from here. */
export class Sessions {
  constructor(private readonly dependencies: { prisma: PrismaClient; daoSlug: string }) {}

  /**
   * Opens a session and returns its token, which is stored nowhere; undefined when the user was disabled, got
   * another password or lost the identity since it was verified. Ends the session that the browser had
   * before, and deletes expired ones.
   */
  async open(
    { id, name, by }: ProvenUser,
    { ip, userAgent, replacedToken }: ClientOfSession = {},
  ): Promise<string | undefined> {
    const token = randomBytes(32).toString("base64url");
    const replaced = replacedToken === undefined ? "" : tokenDigest(replacedToken);
    const { prisma, daoSlug } = this.dependencies;
    // The lock puts this and a change of the password in an order: the second of them sees the first.
    const opened = await prisma.$executeRaw`
        WITH person AS (
          SELECT id FROM users
          WHERE id = ${id}::uuid AND ${stillProves(by)} AND disabled_at IS NULL
          FOR UPDATE
        ), ended AS (
          DELETE FROM sessions USING person
          WHERE token_digest = ${replaced} OR expires_at <= clock_timestamp()
        ), opened AS (
          INSERT INTO sessions (token_digest, user_id, name, browser, network, expires_at)
          SELECT ${tokenDigest(token)}, id, ${name}, ${browserName(userAgent ?? "")},
            ${networkInShort(ip)}, clock_timestamp() + make_interval(secs => ${IDLE_SECONDS})
          FROM person
        ), signed AS (
          UPDATE users SET last_signed_in_at = clock_timestamp() FROM person
          WHERE users.id = person.id
        )
        INSERT INTO audit_log (dao_slug, actor, action)
        SELECT ${daoSlug}, ${name}, 'sign-in' FROM person`;
    return opened === 1 ? token : undefined;
  }

  /** Undefined when the session has ended or its user is disabled. @throws DependencyError */
  async find(token: string): Promise<SignedInUser | undefined> {
    const digest = tokenDigest(token);
    const [user] = await this.dependencies.prisma.$queryRaw<SignedInUser[]>`
        WITH used AS (
          SELECT token_digest FROM sessions
          WHERE token_digest = ${digest} AND expires_at > clock_timestamp()
            AND last_seen_at < clock_timestamp() - make_interval(secs => ${SEEN_SECONDS})
          FOR NO KEY UPDATE SKIP LOCKED
        ), seen AS (
          UPDATE sessions SET last_seen_at = clock_timestamp(), expires_at = LEAST(
            created_at + make_interval(secs => ${SESSION_SECONDS}),
            clock_timestamp() + make_interval(secs => ${IDLE_SECONDS}))
          FROM used WHERE sessions.token_digest = used.token_digest
        )
        SELECT users.id::text, COALESCE(sessions.name, users.email) AS name, users.role::text
        FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE token_digest = ${digest} AND expires_at > clock_timestamp()
          AND disabled_at IS NULL`;
    return user;
  }

  /** A user's sessions, the latest first; `isThis` marks the session of `token`. */
  async list(userId: string, token: string | undefined) {
    const sessions = await this.dependencies.prisma.session.findMany({
      where: { user_id: userId, expires_at: { gt: new Date() } },
      orderBy: { last_seen_at: "desc" },
      omit: { user_id: true },
    });
    const own = token === undefined ? undefined : tokenDigest(token);
    return sessions.map(({ token_digest, ...session }) => ({
      ...session,
      isThis: token_digest === own,
    }));
  }

  async end(token: string): Promise<void> {
    const token_digest = tokenDigest(token);
    await this.dependencies.prisma.session.deleteMany({ where: { token_digest } });
  }

  /** Signs a user out of one browser, if that session is theirs. */
  async endOne(user: SignedInUser, id: string): Promise<void> {
    await this.dependencies.prisma.session.deleteMany({ where: { id, user_id: user.id } });
  }

  /** Signs a user out in every browser. Returns how many sessions ended. */
  async endAll(user: SignedInUser): Promise<number> {
    const { prisma, daoSlug: dao_slug } = this.dependencies;
    const [ended] = await prisma.$transaction([
      prisma.session.deleteMany({ where: { user_id: user.id } }),
      prisma.auditEntry.create({
        data: { dao_slug, actor: user.name, action: "sign-out-everywhere" },
      }),
    ]);
    return ended.count;
  }
}

function stillProves(by: ProvenUser["by"]): Prisma.Sql {
  if ("passwordHash" in by) return Prisma.sql`password_hash = ${by.passwordHash}`;
  return Prisma.sql`EXISTS (
    SELECT FROM user_identities WHERE user_id = users.id
      AND kind = ${by.kind} AND issuer = ${by.issuer} AND subject = ${by.subject}
  )`;
}
