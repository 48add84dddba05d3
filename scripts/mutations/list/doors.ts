import type { Mutation } from "../mutation";
import { sessions } from "./test-files";

const wallet = "app/accounts/wallet-sign-in.server.ts";
const signature = "app/accounts/wallet-signature.server.ts";
const openId = "app/accounts/openid-sign-in.server.ts";
const users = "app/accounts/users.server.ts";
const sessionFile = "app/accounts/sessions.server.ts";
const walletTest = "tests/integration/wallet-sign-in.test.ts";
const contractTest = "tests/integration/contract-wallet.test.ts";
const openIdTest = "tests/integration/openid-sign-in.test.ts";

/** Signing in with a wallet and at the organisation's issuer, and how long a session lasts. */
export const doors: Mutation[] = [
  {
    name: "wallet-message-once",
    guard: "A message is signed in with once",
    file: wallet,
    find: "redis.getdel(",
    replace: "redis.get(",
    tests: [walletTest],
  },
  {
    name: "wallet-message-ends",
    guard: "A message is good for five minutes",
    file: wallet,
    find: "if (!challenge || challenge.until <= Date.now())",
    replace: "if (!challenge)",
    tests: [walletTest],
  },
  {
    name: "wallet-limits",
    guard: "Sign-ins that are begun with a wallet are limited",
    file: wallet,
    find: "if (limited) return limited;",
    replace: "",
    tests: [walletTest],
  },
  {
    name: "wallet-signature",
    guard: "A wrong signature signs nobody in",
    file: wallet,
    find: `if (check === "wrong") return { kind: "wrong-signature", address } as const;`,
    replace: "",
    tests: [walletTest],
  },
  {
    name: "wallet-chain-away",
    guard: "Where the chain cannot be asked, nobody is let in",
    file: wallet,
    find: `if (check === "unknown") return { kind: "chain-away" } as const;`,
    replace: "",
    tests: [contractTest],
  },
  {
    name: "wallet-one-chain",
    guard: "A contract wallet counts on the chain that is configured",
    file: signature,
    find: `if ((await client.getChainId()) !== chainId) return "unknown";`,
    replace: "",
    tests: [contractTest],
  },
  {
    name: "openid-verified-email",
    guard: "An e-mail address counts if the issuer has verified it",
    file: openId,
    find: "if (email === undefined || !isVerified) return undefined;",
    replace: "if (email === undefined) return undefined;",
    tests: [openIdTest],
  },
  {
    name: "openid-state",
    guard: "The answer of the issuer fits this browser's question",
    file: openId,
    find: "expectedState: state,",
    replace: "expectedState: openid.skipStateCheck,",
    tests: [openIdTest],
  },
  {
    name: "openid-heir",
    guard: "Once a subject is known, the e-mail address opens nothing to another one",
    file: users,
    find: "if (known > 0) return false;",
    replace: "",
    tests: [openIdTest],
  },
  {
    name: "identity-only-door",
    guard: "The only way in cannot be removed",
    file: users,
    find: "password_hash IS NOT NULL OR EXISTS (",
    replace: "true OR EXISTS (",
    tests: [walletTest],
  },
  {
    name: "session-absolute",
    guard: "A session ends 14 days after it began",
    file: sessionFile,
    find: "created_at + make_interval(secs => ${SESSION_SECONDS}),",
    replace: "clock_timestamp() + make_interval(secs => ${SESSION_SECONDS}),",
    tests: [sessions],
  },
  {
    name: "session-of-another",
    guard: "Nobody signs out somebody else's browser",
    file: sessionFile,
    find: "where: { id, user_id: user.id }",
    replace: "where: { id }",
    tests: [sessions],
  },
];
