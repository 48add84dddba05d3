import type { Deviation } from "./view-log";
import type { System } from "./system";

export interface CheckResult {
  deviations: Deviation[];
  /** Everything else that is wrong, in words. */
  problems: string[];
  isBalanced: boolean;
}

/** To be called when nothing is being sent and nothing is pending. */
export async function checkSystem(system: System): Promise<CheckResult> {
  const deviations = system.log.compare(await system.persisted());
  const books = await system.books.read();
  const isBalanced = books.difference === 0;
  const problems = [
    ...system.problems.splice(0),
    ...system.traffic.problems.splice(0),
    ...system.readers.problems.splice(0),
    ...deviations.map(describe),
    ...(isBalanced ? [] : [`The books are off by ${books.difference}`]),
    ...(await leftovers(system)),
  ];
  for (const place of ["overlay", "batch", "kept"] as const) {
    if (books[place] !== 0) problems.push(`${books[place]} views are left in ${place}`);
  }
  return { deviations, problems, isBalanced };
}

async function leftovers(system: System): Promise<string[]> {
  const { daoSlug, keys, redis } = system;
  const problems: string[] = [];
  const running = await system.query(
    `SELECT id FROM sync_runs WHERE dao_slug = $1 AND status = 'running'`,
    [daoSlug],
  );
  if (running.length > 0) problems.push(`${running.length} runs are left running`);
  for (const key of [keys.overlay, keys.batch, keys.batchMembers]) {
    if (await redis.exists(key)) problems.push(`The key ${key} is left`);
  }
  const [sums] = await system.query<{ persisted: string; daily: string }>(
    `SELECT (SELECT coalesce(sum(views), 0) FROM forum_topic_view_stats WHERE dao_slug = $1) AS persisted,
            (SELECT coalesce(sum(views), 0) FROM forum_topic_view_daily WHERE dao_slug = $1) AS daily`,
    [daoSlug],
  );
  if (sums?.persisted !== sums?.daily) {
    problems.push(`${sums?.persisted} views are persisted, ${sums?.daily} in the days' table`);
  }
  return problems;
}

function describe({ topicId, persisted, least, most }: Deviation): string {
  const range = least === most ? `${least}` : `${least} to ${most}`;
  const what = persisted < least ? `${least - persisted} lost` : `${persisted - most} doubled`;
  return `forum_topic:${topicId} has ${persisted} views, its senders were answered ${range}: ${what}`;
}
