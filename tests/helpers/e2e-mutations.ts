import { randomBytes } from "node:crypto";
import type { APIResponse, Page } from "playwright/test";
import type { Site } from "./e2e-site";

/** A form of the dashboard, as an attacker who knows it could send it. */
export interface Mutation {
  name: string;
  path: string;
  /** Remix's name of the route: with it in `_data` the answer is JSON, and Remix checks no origin. */
  route: string;
  form: Record<string, string>;
}

/** What the mutations aim at, so that any of them would leave a trace if it were carried out. */
export interface Aims {
  /** A run in which a target failed that is still failing. */
  run: string;
  waiting: string;
  failing: string;
  /** The id of a topic with persisted views. */
  persisted: string;
  userId: string;
  /** The address of a user who does not exist. */
  newEmail: string;
}

/** Creates what each mutation needs to aim at, except the user. */
export async function makeAims(site: Site, userId: string): Promise<Aims> {
  const suffix = randomBytes(4).toString("hex");
  const [failing, waiting] = [`failing-${suffix}`, `waiting-${suffix}`];
  const persisted = `persisted-${suffix}`;
  await site.refuse(failing);
  await site.count(failing, 2);
  await site.count(persisted, 1);
  const run = await site.sync();
  await site.count(waiting, 3);
  return {
    run,
    waiting: `forum_topic:${waiting}`,
    failing: `forum_topic:${failing}`,
    persisted,
    userId,
    newEmail: `new-${suffix}@forum.test`,
  };
}

/** Everything that only admins may do. */
export function adminMutations({ run, persisted, failing, userId, newEmail }: Aims): Mutation[] {
  const why = "sent by hand";
  const overview = { path: "/admin?index", route: "routes/admin._index" };
  const failures = { path: "/admin/failures", route: "routes/admin.failures" };
  const topic = { path: `/admin/topics/${persisted}`, route: "routes/admin.topics.$topicId" };
  const ofRun = { path: `/admin/runs/${run}`, route: "routes/admin.runs.$runId" };
  const users = { path: "/admin/users", route: "routes/admin.users" };
  const ofUser = (intent: string, more: Record<string, string> = {}) => ({
    name: `${intent} of a user`,
    ...users,
    form: { intent, id: userId, ...more },
  });
  return [
    { name: "flush", ...overview, form: { intent: "flush" } },
    { name: "keep the overlay", ...overview, form: { intent: "keep-overlay", why } },
    { name: "discard the overlay", ...overview, form: { intent: "discard-overlay", why } },
    { name: "retry", ...failures, form: { intent: "retry", target: failing } },
    { name: "retry of matching", ...failures, form: { intent: "retry", scope: "matching" } },
    {
      name: "discard of failing",
      ...failures,
      form: { intent: "discard", target: failing, why },
    },
    { name: "retry of a topic", ...topic, form: { intent: "retry", target: failing } },
    {
      name: "discard of a topic",
      ...topic,
      form: { intent: "discard", target: failing, why },
    },
    { name: "views taken off", ...topic, form: { intent: "take-off", views: "1", why } },
    { name: "retry of a run", ...ofRun, form: { intent: "retry" } },
    { name: "stop of a run", ...ofRun, form: { intent: "stop" } },
    {
      name: "new user",
      ...users,
      form: { intent: "create", email: newEmail, role: "admin", password: "correct horse battery" },
    },
    ofUser("role", { role: "admin" }),
    ofUser("password", { password: "another horse battery" }),
    ofUser("disable"),
    ofUser("enable"),
  ];
}

/** Sends it with the cookies of the page's browser. A redirect is not followed. */
export function post(
  page: Page,
  { path, route, form }: Mutation,
  { asData, headers }: { asData: boolean; headers: Record<string, string> },
): Promise<APIResponse> {
  const data = `${path.includes("?") ? "&" : "?"}_data=${encodeURIComponent(route)}`;
  const options = { form, headers, maxRedirects: 0 };
  return page.request.post(asData ? `${path}${data}` : path, options);
}

/** All that a mutation could change, to be compared before and after. */
export async function everything(site: Site, aims: Aims): Promise<unknown> {
  const { pool, redis, keys, daoSlug } = site;
  const { rows: database } = await pool.query(
    `SELECT
       (SELECT json_agg(r ORDER BY id) FROM sync_runs r WHERE dao_slug = $1) AS runs,
       (SELECT json_agg(a ORDER BY id) FROM audit_log a WHERE dao_slug = $1) AS audit,
       (SELECT json_agg(f ORDER BY target) FROM failed_targets f WHERE dao_slug = $1) AS failing,
       (SELECT json_agg(v ORDER BY "topicId") FROM forum_topic_view_stats v
        WHERE dao_slug = $1) AS persisted,
       (SELECT json_agg(u ORDER BY id) FROM users u WHERE id = $2 OR email = $3) AS users,
       (SELECT count(*) FROM sessions WHERE user_id = $2) AS sessions`,
    [daoSlug, aims.userId, aims.newEmail],
  );
  return {
    database,
    overlay: await redis.zrange(keys.overlay, "0", "-1", "WITHSCORES"),
    batch: await redis.hgetall(keys.batch),
    totals: await redis.hgetall(keys.totals),
  };
}
