import { randomBytes } from "node:crypto";
import { adminEmail, createAdmin } from "../../demo/create-admin";
import { step } from "../../local/progress";
import type { BenchServers } from "../bench-servers";
import { failedRun, persistOneView, seedForum } from "./seed";

/** The application of a large forum, and an admin who is signed in. */
export interface LargeForum {
  origin: string;
  /** The admin's session, as the `Cookie` header has it. */
  cookie: string;
  stop(): Promise<unknown>;
}

export async function startLargeForum(servers: BenchServers): Promise<LargeForum> {
  const app = await servers.startApp();
  await step("A forum with a million topics", () => seedForum(servers));
  const password = randomBytes(12).toString("base64url");
  const env = { DATABASE_URL: servers.databaseUrl, DAO_SLUG: servers.daoSlug };
  await createAdmin(env, password);
  const cookie = await signIn(app.origin, password);
  return { origin: app.origin, cookie, stop: () => app.stop() };
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
  /** The page redirects people who are signed in. */
  isPublic?: boolean;
  /** Happens before every request and is not measured. */
  before?: (servers: BenchServers) => Promise<void>;
}

/** One page of each kind. */
export const pages: Page[] = [
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
  { name: "login", path: "/login", isPublic: true },
];

/** What else the lists can be asked for, and the moment when the overview knows least. */
export const variants: Page[] = [
  { name: "overview, right after a sync", path: "/admin", before: persistOneView },
  { name: "pending, page 50", path: "/admin/pending?page=50" },
  { name: "pending, search by id", path: "/admin/pending?q=99990" },
  { name: "pending, fewest first", path: "/admin/pending?dir=asc" },
  { name: "topics, page 50", path: "/admin/topics?page=50" },
  { name: "topics, 90 days", path: "/admin/topics?period=90d" },
  { name: "topics, search", path: "/admin/topics?q=99990" },
];
