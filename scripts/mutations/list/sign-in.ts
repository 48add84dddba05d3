import { guardsOf } from "../mutation";

const limitsTest = "tests/integration/accounts-login-limits.test.ts";

export const signIn = [
  ...guardsOf("app/accounts/login-limits.server.ts", limitsTest, {
    "guesses-by-pair": {
      guard: "One client guesses on one account only so often",
      find: "if (byPair) return limited(byPair);",
    },
    "guesses-by-client": {
      guard: "One client guesses only so often, whatever the accounts",
      find: "if (byClient) return limited(byClient);",
    },
    "guesses-on-an-account": {
      guard: "Many clients guess on one account only so often",
      find: "if (byAccount) return limited(byAccount);",
    },
  }),
  ...guardsOf("app/accounts/credentials.server.ts", limitsTest, {
    "time-of-unknown-users": {
      guard: "The time of an answer does not tell whether an account exists",
      find: "const substitute = await nobodysHash;",
      replace: `if (passwordHash === undefined) return false;
  const substitute = await nobodysHash;`,
    },
  }),
  ...guardsOf("app/lib/redirect-to.ts", "app/lib/redirect-to.test.ts", {
    "redirect-below-admin": {
      guard: "Signing in leads to pages of the dashboard only",
      find: "!/^\\/admin(?:[/?#]|$)/.test(wished) || ",
    },
    "redirect-backslashes": {
      guard: "A backslash or a control character makes no other site",
      find: " || /[\\\\\\p{Cc}]|\\/\\//u.test(wished)",
    },
    "redirect-dot-segments": {
      guard: "Dots do not lead out of the dashboard",
      find: "return isBelow ?",
      replace: "return isBelow || url.pathname !== '' ?",
    },
  }),
  ...guardsOf("app/server/origin-check.server.ts", "app/server/origin-check.test.ts", {
    "origin-null": {
      guard: "What a sandboxed page sends is refused",
      find: "if (origin !== null) return origin === appOrigin;",
      replace: `if (origin !== null && origin !== "null") return origin === appOrigin;`,
    },
    "origin-exact": {
      guard: "An origin that only begins like ours is another",
      find: "return origin === appOrigin;",
      replace: "return origin.startsWith(appOrigin);",
    },
    "origin-of-a-neighbour": {
      guard: "A neighbour on the same site is another origin",
      find: `return site === "same-origin";`,
      replace: `return site !== "cross-site";`,
    },
    "origin-unknown": {
      guard: "A change of unknown origin is refused",
      find: "return referer !== null && ",
      replace: "return referer === null || ",
    },
  }),
];
