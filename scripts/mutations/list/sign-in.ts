import type { Mutation } from "../mutation";

const limits = "app/accounts/login-limits.server.ts";
const limitsTest = "tests/integration/accounts-login-limits.test.ts";
const redirectTo = "app/lib/redirect-to.ts";
const redirectToTest = "app/lib/redirect-to.test.ts";
const originFile = "app/server/origin-check.server.ts";
const originTest = "app/server/origin-check.test.ts";

export const signIn: Mutation[] = [
  {
    name: "guesses-by-pair",
    guard: "One client guesses on one account only so often",
    file: limits,
    find: "if (byPair) return limited(byPair);",
    replace: "",
    tests: [limitsTest],
  },
  {
    name: "guesses-by-client",
    guard: "One client guesses only so often, whatever the accounts",
    file: limits,
    find: "if (byClient) return limited(byClient);",
    replace: "",
    tests: [limitsTest],
  },
  {
    name: "guesses-on-an-account",
    guard: "Many clients guess on one account only so often",
    file: limits,
    find: "if (byAccount) return limited(byAccount);",
    replace: "",
    tests: [limitsTest],
  },
  {
    name: "time-of-unknown-users",
    guard: "The time of an answer does not tell whether an account exists",
    file: "app/accounts/credentials.server.ts",
    find: "const substitute = await nobodysHash;",
    replace: `if (passwordHash === undefined) return false;
  const substitute = await nobodysHash;`,
    tests: [limitsTest],
  },
  {
    name: "redirect-below-admin",
    guard: "Signing in leads to pages of the dashboard only",
    file: redirectTo,
    find: "!/^\\/admin(?:[/?#]|$)/.test(wished) || ",
    replace: "",
    tests: [redirectToTest],
  },
  {
    name: "redirect-backslashes",
    guard: "A backslash or a control character makes no other site",
    file: redirectTo,
    find: " || /[\\\\\\p{Cc}]|\\/\\//u.test(wished)",
    replace: "",
    tests: [redirectToTest],
  },
  {
    name: "redirect-dot-segments",
    guard: "Dots do not lead out of the dashboard",
    file: redirectTo,
    find: "return isBelow ?",
    replace: "return isBelow || url.pathname !== '' ?",
    tests: [redirectToTest],
  },
  {
    name: "origin-null",
    guard: "What a sandboxed page sends is refused",
    file: originFile,
    find: "if (origin !== null) return origin === appOrigin;",
    replace: `if (origin !== null && origin !== "null") return origin === appOrigin;`,
    tests: [originTest],
  },
  {
    name: "origin-exact",
    guard: "An origin that only begins like ours is another",
    file: originFile,
    find: "return origin === appOrigin;",
    replace: "return origin.startsWith(appOrigin);",
    tests: [originTest],
  },
  {
    name: "origin-of-a-neighbour",
    guard: "A neighbour on the same site is another origin",
    file: originFile,
    find: `return site === "same-origin";`,
    replace: `return site !== "cross-site";`,
    tests: [originTest],
  },
  {
    name: "origin-unknown",
    guard: "A change of unknown origin is refused",
    file: originFile,
    find: "return referer !== null && ",
    replace: "return referer === null || ",
    tests: [originTest],
  },
];
