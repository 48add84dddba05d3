import { guardsOf } from "../mutation";
import { sessions } from "./test-files";

const walletTest = "tests/integration/wallet-sign-in.test.ts";
const contractTest = "tests/integration/contract-wallet.test.ts";
const openIdTest = "tests/integration/openid-sign-in.test.ts";

/** Signing in with a wallet and at the organisation's issuer, and how long a session lasts. */
export const doors = [
  ...guardsOf("app/accounts/wallet-sign-in.server.ts", walletTest, {
    "wallet-message-once": {
      guard: "A message is signed in with once",
      find: "redis.getdel(",
      replace: "redis.get(",
    },
    "wallet-message-ends": {
      guard: "A message is good for five minutes",
      find: "if (!challenge || challenge.until <= Date.now())",
      replace: "if (!challenge)",
    },
    "wallet-limits": {
      guard: "Sign-ins that are begun with a wallet are limited",
      find: "if (limited) return limited;",
    },
    "wallet-signature": {
      guard: "A wrong signature signs nobody in",
      find: `if (check === "wrong") return { kind: "wrong-signature", address } as const;`,
    },
    "wallet-chain-away": {
      guard: "Where the chain cannot be asked, nobody is let in",
      find: `if (check === "unknown") return { kind: "chain-away" } as const;`,
      test: contractTest,
    },
  }),
  ...guardsOf("app/accounts/wallet-signature.server.ts", contractTest, {
    "wallet-one-chain": {
      guard: "A contract wallet counts on the chain that is configured",
      find: `if ((await client.getChainId()) !== chainId) return "unknown";`,
    },
  }),
  ...guardsOf("app/accounts/openid-sign-in.server.ts", openIdTest, {
    "openid-verified-email": {
      guard: "An e-mail address counts if the issuer has verified it",
      find: "if (email === undefined || !isVerified) return undefined;",
      replace: "if (email === undefined) return undefined;",
    },
    "openid-state": {
      guard: "The answer of the issuer fits this browser's question",
      find: "expectedState: state,",
      replace: "expectedState: openid.skipStateCheck,",
    },
  }),
  ...guardsOf("app/accounts/users.server.ts", openIdTest, {
    "openid-heir": {
      guard: "Once a subject is known, the e-mail address opens nothing to another one",
      find: "if (known > 0) return false;",
    },
    "identity-only-door": {
      guard: "The only way in cannot be removed",
      find: "password_hash IS NOT NULL OR EXISTS (",
      replace: "true OR EXISTS (",
      test: walletTest,
    },
  }),
  ...guardsOf("app/accounts/sessions.server.ts", sessions, {
    "session-absolute": {
      guard: "A session ends 14 days after it began",
      find: "created_at + make_interval(secs => ${SESSION_SECONDS}),",
      replace: "clock_timestamp() + make_interval(secs => ${SESSION_SECONDS}),",
    },
    "session-of-another": {
      guard: "Nobody signs out somebody else's browser",
      find: "where: { id, user_id: user.id }",
      replace: "where: { id }",
    },
  }),
];
