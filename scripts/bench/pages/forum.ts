import { randomBytes } from "node:crypto";
import { addDays, utcDay } from "../../../app/lib/utc-days";
import { periodNames, type PeriodName } from "../../../app/stats/period";
import { adminEmail, createAdmin } from "../../demo/create-admin";
import { root } from "../../demo/demo-settings";
import { step } from "../../local/progress";
import { runNpm } from "../../local/run-npm";
import { waitUntil } from "../../local/wait-until";
import type { BenchServers } from "../bench-servers";
import { failedRun, persistOneView, seedForum } from "./seed";

type Asking = "admin" | "program" | "nobody";

export type LargeForum = Awaited<ReturnType<typeof startLargeForum>>;

/** The application of a large forum, an admin who is signed in, and a program with a token. */
export async function startLargeForum(servers: BenchServers) {
  await servers.empty();
  await step("A forum with a million topics", () => seedForum(servers));
  const app = await servers.startApp();
  await step("Sums of periods, read when the application starts", () =>
    waitUntil(() => app.logs.some(({ msg }) => msg === "Sums of periods were read in advance"), {
      what: "the sums of periods",
      seconds: 120,
    }),
  );
  const password = randomBytes(12).toString("base64url");
  const env = { DATABASE_URL: servers.databaseUrl, DAO_SLUG: servers.daoSlug };
  await createAdmin(env, password);
  const cookie = await signIn(app.origin, password);
  /** What requests of the admin's browser and of a program carry. */
  const headers: Record<Asking, Record<string, string>> = {
    admin: { accept: "text/html", cookie },
    program: { authorization: `Bearer ${await createToken(env)}` },
    nobody: { accept: "text/html" },
  };
  return { origin: app.origin, headers, stop: () => app.stop() };
}

async function createToken(env: Record<string, string>): Promise<string> {
  const options = ["--name", "bench", "--scope", "stats:read"];
  const output = await runNpm(root, ["run", "--silent", "token:create", "--", ...options], env);
  return output.trim().split("\n").at(-1) ?? "";
}

async function signIn(origin: string, password: string): Promise<string> {
  const response = await fetch(`${origin}/login`, {
    method: "POST",
    redirect: "manual",
    headers: { Origin: origin },
    body: new URLSearchParams({ email: adminEmail, password }),
  });
  const session = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  if (response.status !== 302) throw new Error(`The sign-in was answered with ${response.status}`);
  return session.join("; ");
}

export interface Page {
  name: string;
  path: string;
  /** Who asks; the admin by default. `/login` redirects people who are signed in. */
  by?: Asking;
  /** Happens before every request and is not measured. */
  before?: (servers: BenchServers) => Promise<void>;
}

const pages: Page[] = [
  // One page of each kind.
  { name: "overview", path: "/admin" },
  { name: "pending", path: "/admin/pending" },
  { name: "topics", path: "/admin/topics" },
  { name: "one topic", path: "/admin/topics/10" },
  { name: "runs", path: "/admin/runs" },
  { name: "one run, with 500 errors", path: `/admin/runs/${failedRun}` },
  { name: "failures", path: "/admin/failures" },
  { name: "audit", path: "/admin/audit" },
  { name: "users", path: "/admin/users" },
  { name: "account", path: "/admin/account" },
  { name: "login", path: "/login", by: "nobody" },
  // What else the lists can be asked for, and the moment when the overview knows least.
  { name: "overview, right after a sync", path: "/admin", before: persistOneView },
  { name: "pending, page 50", path: "/admin/pending?page=50" },
  { name: "pending, search by id", path: "/admin/pending?q=99990" },
  { name: "pending, fewest first", path: "/admin/pending?dir=asc" },
  { name: "topics, page 50", path: "/admin/topics?page=50" },
  { name: "topics, search by id", path: "/admin/topics?q=99990" },
  { name: "topics, search by title", path: "/admin/topics?q=number+99990" },
];

function pagesOf(name: PeriodName): Page[] {
  return [
    { name: `overview, ${name}`, path: `/admin?period=${name}` },
    { name: `topics, ${name}`, path: `/admin/topics?period=${name}` },
    { name: `one topic, ${name}`, path: `/admin/topics/10?period=${name}` },
  ];
}

function statsOf(days: number): Page {
  const today = utcDay(new Date());
  const path = `/api/v1/forum/stats?compare=true&from=${addDays(today, 1 - days)}&to=${today}`;
  return { name: `stats endpoint, ${days} days`, path, by: "program" };
}

const afterSync = (page: Page) => ({ ...page, before: persistOneView });

export const groups = [
  { title: "Pages: server time", pages },
  {
    title: "Periods: server time",
    pages: [...periodNames.flatMap(pagesOf), ...[1, 7, 28, 90, 365].map(statsOf)],
  },
  {
    title: "Periods right after a sync: server time",
    pages: [...pagesOf("90d"), statsOf(90)].map(afterSync),
  },
];
