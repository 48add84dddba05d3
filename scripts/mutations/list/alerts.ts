import type { Mutation } from "../mutation";

const statements = "app/monitoring/alerts/alert-statements.ts";
const checks = "tests/integration/alerts-checks.test.ts";

export const alerts: Mutation[] = [
  {
    name: "alert-by-a-stalled-check",
    guard: "A check that stalled begins no alert anew that is over",
    file: statements,
    find: "WHERE dao_slug = $1 AND number = $2 FOR UPDATE",
    replace: "WHERE dao_slug = $1 AND $2::bigint > 0 FOR UPDATE",
    tests: [checks],
  },
  {
    name: "alert-sent-by-one",
    guard: "A message is sent by one process at a time",
    file: statements,
    find: "AND next_attempt_at <= clock_timestamp()",
    replace: "",
    tests: [checks],
  },
  {
    name: "alert-given-up-keeps-none-back",
    guard: "An alert that was given up keeps back no later one of its kind",
    file: statements,
    find: `
    AND \${alert}.next_attempt_at < 'infinity'`,
    replace: "",
    tests: [checks],
  },
  {
    name: "alert-check-has-time",
    guard: "Processes that look often do not make each other's checks count for nothing",
    file: "app/monitoring/alerts/alert-watcher.server.ts",
    find: "Math.max(interval / 2, CHECK_SECONDS)",
    replace: "interval / 2",
    tests: [checks],
  },
  {
    name: "alert-to-public-addresses",
    guard: "An alert is sent to public addresses only, unless others are allowed",
    file: "app/monitoring/alerts/public-address.ts",
    find: "addresses.filter(({ address }) => isPublicAddress(address))",
    replace: "addresses",
    tests: ["app/monitoring/alerts/webhook-sender.test.ts"],
  },
];
