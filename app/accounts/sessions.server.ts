import { createHash, randomBytes } from "node:crypto";
import type { PrismaClient } from "~/platform/postgres.server";
import type { UserRole } from "./credentials.server";

/** Seconds that a session lasts, however much it is used. */
export const SESSION_SECONDS = 14 * 24 * 3_600;

/** Who a request comes from, as the database had it when the request came. */
export interface SignedInUser {
  id: string;
  email: string;
  role: UserRole;
}

/** Only digests are stored: what is read from the table opens no session. */
export function tokenDigest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Signed-in browsers, kept in PostgreSQL, so that every one of them can be signed out from here. */
export class Sessions {
  readonly #prisma: PrismaClient;
  readonly #daoSlug: string;

  constructor(dependencies: { prisma: PrismaClient; daoSlug: string }) {
    this.#prisma = dependencies.prisma;
    this.#daoSlug = dependencies.daoSlug;
  }

  /**
   * Opens a session and returns its token, which exists nowhere else; undefined when the user was
   * disabled, or got another password, since the password was verified. Ends the session that the
   * browser had, and takes the opportunity to drop those that have expired.
   */
  async open(
    user: { id: string; password_hash: string },
    replacedToken: string | undefined,
  ): Promise<string | undefined> {
    const token = randomBytes(32).toString("base64url");
    const replaced = replacedToken === undefined ? "" : tokenDigest(replacedToken);
    // The lock orders this against a change of the password: whichever comes second sees the other.
    const opened = await this.#prisma.$executeRaw`
        WITH person AS (
          SELECT id, email FROM users
          WHERE id = ${user.id}::uuid AND password_hash = ${user.password_hash}
            AND disabled_at IS NULL
          FOR SHARE
        ), ended AS (
          DELETE FROM sessions USING person
          WHERE token_digest = ${replaced} OR expires_at <= clock_timestamp()
        ), opened AS (
          INSERT INTO sessions (token_digest, user_id, expires_at)
          SELECT ${tokenDigest(token)}, id, clock_timestamp() + make_interval(secs => ${SESSION_SECONDS})
          FROM person
        )
        INSERT INTO audit_log (dao_slug, actor, action)
        SELECT ${this.#daoSlug}, email, 'sign-in' FROM person`;
    return opened === 1 ? token : undefined;
  }

  /** Undefined when the session has ended or its user is disabled. @throws DependencyError */
  async find(token: string): Promise<SignedInUser | undefined> {
    const [user] = await this.#prisma.$queryRaw<SignedInUser[]>`
        SELECT users.id::text, users.email, users.role::text
        FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE token_digest = ${tokenDigest(token)} AND expires_at > clock_timestamp()
          AND disabled_at IS NULL`;
    return user;
  }

  /** How many browsers a user is signed in with. */
  async countOpen(userId: string): Promise<number> {
    return this.#prisma.session.count({
      where: { user_id: userId, expires_at: { gt: new Date() } },
    });
  }

  async end(token: string): Promise<void> {
    await this.#prisma.session.deleteMany({ where: { token_digest: tokenDigest(token) } });
  }

  /** Signs a user out in every browser. Returns how many sessions ended. */
  async endAll(user: SignedInUser): Promise<number> {
    const [ended] = await this.#prisma.$transaction([
      this.#prisma.session.deleteMany({ where: { user_id: user.id } }),
      this.#prisma.auditEntry.create({
        data: { dao_slug: this.#daoSlug, actor: user.email, action: "sign-out-everywhere" },
      }),
    ]);
    return ended.count;
  }
}
