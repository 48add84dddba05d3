import { guardsOf } from "../mutation";
import { expressApp, routeGuards, sessions } from "./test-files";

const usersTest = "tests/integration/accounts-users.test.ts";

export const access = [
  ...guardsOf("app/server/guards.server.ts", routeGuards, {
    "origin-check-in-the-guard": {
      guard: "A guarded action, with `?_data=` too, refuses another site",
      find: "checkOrigin(request, env.APP_ORIGIN);",
    },
    "role-check": {
      guard: "What is for admins is refused to operators",
      find: "if (may(user, right)) return user;",
      replace: "if (user.role !== undefined) return user;",
    },
    "session-check": {
      guard: "Who is not signed in is sent to the sign-in page",
      find: "if (!user) throw await leadToLogin({ request, context });",
      replace: `if (!user) return { id: "", name: "", role: "operator" };`,
    },
  }),
  ...guardsOf("app/accounts/sessions.server.ts", sessions, {
    "disabled-users": {
      guard: "A session of a disabled user is none",
      find: "AND expires_at > clock_timestamp()\n          AND disabled_at IS NULL",
      replace: "AND expires_at > clock_timestamp()",
    },
    "expired-sessions": {
      guard: "A session ends after 14 days",
      find: "AND expires_at > clock_timestamp()\n          AND disabled_at IS NULL",
      replace: "AND disabled_at IS NULL",
    },
    "disabled-users-sign-in": {
      guard: "A disabled user cannot sign in",
      find: "AND disabled_at IS NULL\n          FOR UPDATE",
      replace: "FOR SHARE",
    },
    "session-replaced": {
      guard: "The session that a browser had ends when it signs in again",
      find: "WHERE token_digest = ${replaced} OR expires_at",
      replace: "WHERE token_digest = ${replaced} AND expires_at",
    },
    "tokens-as-digests": {
      guard: "What is read from the table opens no session",
      find: `return createHash("sha256").update(token).digest("hex");`,
      replace: "return token;",
    },
    "password-while-signing-in": {
      guard: "A password that changed while it was verified opens no session",
      find: "Prisma.sql`password_hash = ${by.passwordHash}`",
      replace: "Prisma.sql`${by.passwordHash} <> ''`",
      test: usersTest,
    },
  }),
  ...guardsOf("app/server/cookies.server.ts", "app/server/cookies.test.ts", {
    "cookies-signed": {
      guard: "No cookie is believed that we did not sign",
      find: "secrets: [env.SESSION_SECRET],",
      replace: "secrets: [],",
    },
    "cookies-http-only": {
      guard: "Scripts cannot read our cookies",
      find: "httpOnly: true,",
    },
    "cookies-same-site": {
      guard: "Other sites' forms do not send our cookies",
      find: `sameSite: "lax",`,
      replace: `sameSite: "none",`,
    },
    "cookies-secure": {
      guard: "On https our cookies are this host's alone, and never travel in the clear",
      find: `const secure = env.APP_ORIGIN.startsWith("https:");`,
      replace: "const secure = false;",
    },
  }),
  ...guardsOf("app/accounts/users.server.ts", usersTest, {
    "last-admin-disabled": {
      guard: "The last active admin cannot be disabled",
      find: " AND others.admins > 0 RETURNING",
      replace: " RETURNING",
    },
    "last-admin-demoted": {
      guard: "The last active admin cannot be demoted",
      find: "AND (${role} = 'admin' OR others.admins > 0)",
      replace: "AND (${role} = 'admin' OR others.admins >= 0)",
    },
    "admins-are-locked": {
      guard: "Two changes at once leave an admin, too",
      find: "ORDER BY id FOR UPDATE",
      replace: "ORDER BY id",
    },
    "disabled-sessions-end": {
      guard: "Enabling a user brings no session back",
      find: "ended: Prisma.sql`disabled_at IS NOT NULL`",
      replace: "ended: Prisma.sql`disabled_at IS NULL`",
      test: sessions,
    },
    "password-ends-sessions": {
      guard: "A new password ends the user's other sessions",
      find: "password_hash = ${passwordHash} AND token_digest <> ${kept}",
      replace: "password_hash = ${kept} AND token_digest <> ${passwordHash}",
    },
  }),
  ...guardsOf("app/routes/admin.users/administer-users.server.ts", usersTest, {
    "own-account": {
      guard: "Admins do not change their own account on the page of users",
      find: "if (form.id === admin.id) {",
      replace: "if (form.id === '') {",
    },
  }),
  ...guardsOf("app/server/express-app.server.ts", expressApp, {
    "origin-check-in-front": {
      guard: "Another site's change is refused before Remix sees it",
      find: "app.use(originCheck(env.APP_ORIGIN, logger));",
    },
  }),
  ...guardsOf("app/api/crons.server.ts", routeGuards, {
    "sync-takes-the-secret": {
      guard: "Nobody starts a sync without the secret",
      find: `caller.kind === "known" ? await run(caller.name) : unauthorized()`,
      replace: `caller.kind === "known" ? await run(caller.name) : await run("cron")`,
    },
  }),
  ...guardsOf("app/server/bearer.server.ts", "app/server/bearer.test.ts", {
    "token-scope": {
      guard: "A token may do what its scopes say, and nothing else",
      find: "if (!token.scopes.includes(scope)) return",
      replace: "if (token.scopes.length === 0) return",
    },
    "token-in-a-url": {
      guard: "A token in a URL is refused",
      find: `if (hasTokenIn(request.url ?? "")) {`,
      replace: `if (hasTokenIn("")) {`,
    },
    "cron-secret-scopes": {
      guard: "CRON_SECRET starts syncs and cleanups, and nothing else",
      find: "if (cronScopes.includes(scope) && isOneOf",
      replace: "if (isOneOf",
    },
    "no-secret-lets-nobody-in": {
      guard: "Without a secret nobody is let in",
      find: "if (secret !== undefined && timingSafeEqual",
      replace: "if (secret === undefined || timingSafeEqual",
    },
    "constant-time": {
      guard: "Secrets are compared in constant time",
      find: "timingSafeEqual(givenDigest, digest(secret))",
      replace: "givenDigest.equals(digest(secret))",
    },
    "every-secret-is-compared": {
      guard: "The time does not tell which secret matched",
      find: "digest(secret))) matches = true;",
      replace: "digest(secret))) return true;",
    },
  }),
  ...guardsOf("app/api/answers.server.ts", "tests/integration/topics-endpoint.test.ts", {
    "topics-take-a-token": {
      guard: "Nobody writes titles without a token that may",
      find: `if (caller.kind === "refused") return`,
      replace: `if (caller.kind === "refused" && caller.status === 500) return`,
    },
  }),
  ...guardsOf("app/accounts/api-tokens.server.ts", "tests/integration/api-tokens.test.ts", {
    "token-of-another-dao": {
      guard: "A token is one DAO's",
      find: "WHERE token_digest = $1 AND dao_slug = $2 AND revoked_at IS NULL",
      replace: "WHERE token_digest = $1 AND $2 <> '' AND revoked_at IS NULL",
    },
    "token-revoked": {
      guard: "A revoked token is refused",
      find: "WHERE token_digest = $1 AND dao_slug = $2 AND revoked_at IS NULL",
      replace: "WHERE token_digest = $1 AND dao_slug = $2",
    },
    "token-ended": {
      guard: "A token ends with its last day",
      find: "AND revoked_at IS NULL\n  AND COALESCE(expires_at > clock_timestamp(), true)",
      replace: "AND revoked_at IS NULL",
    },
  }),
];
