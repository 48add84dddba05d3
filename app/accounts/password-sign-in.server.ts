import type { Limited, LoginAttempt, LoginLimits } from "./login-limits.server";
import { verifyPassword } from "./credentials.server";
import type { ClientOfSession, Sessions, SignedInUser } from "./sessions.server";
import type { Users } from "./users.server";

export type SignInResult =
  | { kind: "signed-in"; token: string }
  /** There is no such user, the user is disabled, or the password is wrong: nobody is told which. */
  | { kind: "wrong" }
  | Limited;

/** Everything that verifies a password, under the limits of guessing. @throws DependencyError */
export class PasswordSignIn {
  constructor(
    private readonly dependencies: { users: Users; sessions: Sessions; limits: LoginLimits },
  ) {}

  async signIn(
    attempt: { email: string; password: string; ip: string | undefined } & ClientOfSession,
  ): Promise<SignInResult> {
    const { email, password } = attempt;
    const { users, sessions } = this.dependencies;
    return this.#underLimits(attempt, async () => {
      const user = await users.findByEmail(email);
      const passwordHash = user?.password_hash ?? undefined;
      const isRight = await verifyPassword(passwordHash, password);
      if (!user || passwordHash === undefined || !isRight) return { kind: "wrong" };
      const proven = { id: user.id, name: email, by: { passwordHash } };
      const token = await sessions.open(proven, attempt);
      return token === undefined ? { kind: "wrong" } : { kind: "signed-in", token };
    });
  }

  /** Signs the user out everywhere but in the session of `token`. */
  async changeOwnPassword(change: {
    user: SignedInUser;
    currentPassword: string;
    password: string;
    ip: string | undefined;
    token: string | undefined;
  }): Promise<{ kind: "changed" | "wrong" } | Limited> {
    const { user, currentPassword, password, ip, token } = change;
    const { users } = this.dependencies;
    // Limited by account, however this session was opened.
    return this.#underLimits({ email: user.id, ip }, async () => {
      const expectedHash = await users.passwordHash(user.id);
      if (!(await verifyPassword(expectedHash, currentPassword))) return { kind: "wrong" };
      const changed = await users.changePassword(user.name, {
        id: user.id,
        password,
        expectedHash,
        keepToken: token,
      });
      return changed.kind === "changed" ? { kind: "changed" } : { kind: "wrong" };
    });
  }

  async #underLimits<Result extends { kind: string }>(
    attempt: LoginAttempt,
    verify: () => Promise<Result>,
  ): Promise<Result | Limited> {
    const admission = await this.dependencies.limits.admit(attempt);
    if (admission.kind === "limited") return admission;
    try {
      const result = await verify();
      if (result.kind !== "wrong") await admission.succeeded();
      return result;
    } catch (error) {
      // The password was not checked: an outage of the database must not lock the account.
      await admission.withdraw();
      throw error;
    }
  }
}
