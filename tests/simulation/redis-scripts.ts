import type { RedisData } from "./redis-data";

/**
 * The scripts of `batch-scripts.ts` and `tracking-scripts.ts`, line by line, without what they do about
 * values of a wrong type. Each runs to its end before anything else happens, as Redis does it.
 */

/** Guards that a test can take away, to see that the promise then breaks. */
export type RedisGuard = "seen" | "owner" | "younger" | "regression" | "seal" | "discard is done";

export interface ScriptContext {
  data: RedisData;
  /** Unix milliseconds, as text. */
  now: () => string;
  without: ReadonlySet<RedisGuard>;
}

/** Up to six keys or arguments that are always given. */
type Keys = [string, string, string, string, string, string];
type Script = (context: ScriptContext, keys: string[], args: string[]) => unknown;

/** Views that the count script can have produced; nothing else is in the books. */
function accepted(member: string, score: number): number {
  const isWellFormed = /^forum_topic:[\w-]+$/.test(member) && member.length <= 112;
  if (!isWellFormed || score < 1 || score > Number.MAX_SAFE_INTEGER) return 0;
  return Math.floor(score);
}

function claimGuards(
  { data, without }: ScriptContext,
  keys: string[],
  high: number,
): unknown[] | number {
  const last = data.strings.get(keys[2]!);
  if (last === undefined) return ["unopened"];
  const isBehind = Number(last) < high && !without.has("regression");
  return isBehind ? ["regressed", last] : Number(last);
}

function openBatch(context: ScriptContext, keys: string[], args: string[]): unknown {
  const { data, now, without } = context;
  const [overlay, batch, lastBatch, totals] = keys as [string, string, string, string];
  const [run, high, prefix, , mode, force] = args as Keys;
  const last = claimGuards(context, keys, Number(high));
  if (typeof last !== "number") return last;
  const open = data.field(batch, "id");
  if (open !== undefined) {
    const owner = data.field(batch, "owner")!;
    const isYounger = Number(owner) > Number(run) && !without.has("younger");
    if (isYounger && force !== "force") return ["superseded"];
    data.setFields(batch, { owner: run, sealed: "1" });
    const chosen = data.field(batch, "chosen") ?? "";
    return [owner === run ? "opened" : "adopted", open, data.size(prefix + open), chosen, "0"];
  }
  if (mode === "adopt") return ["empty", "0", 0, "", "0"];
  if (!data.exists(overlay)) {
    data.setFields(totals, { overlay: "0" });
    data.deleteField(totals, "since");
    return ["empty", "0", 0, "", "0"];
  }
  const id = String(Math.max(last, Number(high)) + 1);
  const views = data.field(totals, "overlay") ?? "0";
  const since = data.field(totals, "since") ?? now();
  data.rename(overlay, prefix + id);
  data.setFields(batch, { id, owner: run, openedAt: now(), since, views, returned: "0" });
  data.setFields(totals, { overlay: "0" });
  data.deleteField(totals, "since");
  data.strings.set(lastBatch, id);
  return ["opened", id, data.size(prefix + id), "", "0"];
}

function claimChosen(context: ScriptContext, keys: string[], args: string[]): unknown {
  const { data, now, without } = context;
  const [overlay, batch, lastBatch, totals, parked] = keys as Keys;
  const [run, high, prefix, from, ...targets] = args as [string, string, string, string];
  const last = claimGuards(context, keys, Number(high));
  if (typeof last !== "number") return last;
  let id = data.field(batch, "id");
  if (id !== undefined) {
    const isSealed = data.field(batch, "sealed") !== undefined && !without.has("seal");
    const isOwn = data.field(batch, "owner") === run && data.field(batch, "chosen") === from;
    if (!isOwn || isSealed) return ["occupied"];
  } else {
    id = String(Math.max(last, Number(high)) + 1);
    const since = data.field(totals, "since") ?? now();
    const opened = { id, owner: run, openedAt: now(), since, views: "0", returned: "0" };
    data.setFields(batch, { ...opened, chosen: from });
    data.strings.set(lastBatch, id);
  }
  const claimed = takeMembers(data, { overlay, parked: parked, totals: totals }, from, targets);
  for (const [member, score] of claimed) {
    data.addScore(prefix + id, score, member);
    data.incrementField(batch, "views", accepted(member, score));
  }
  return ["opened", id, data.size(prefix + id)];
}

/** Takes targets out of the overlay and, for `parked`, out of what is parked too. */
function takeMembers(
  data: RedisData,
  keys: { overlay: string; parked: string; totals: string },
  from: string,
  targets: string[],
): Array<[member: string, score: number]> {
  const taken: Array<[string, number]> = [];
  const sources = from === "parked" ? (["overlay", "parked"] as const) : (["overlay"] as const);
  for (const member of targets) {
    for (const source of sources) {
      const score = data.score(keys[source], member);
      if (score === undefined) continue;
      data.removeMember(keys[source], member);
      data.incrementField(keys.totals, source, -accepted(member, score));
      taken.push([member, score]);
    }
  }
  if (!data.exists(keys.overlay)) data.deleteField(keys.totals, "since");
  return taken;
}

function isOwner({ data, without }: ScriptContext, keys: string[], args: string[]): boolean {
  if (without.has("owner")) return true;
  return data.field(keys[1]!, "owner") === args[0] && data.field(keys[1]!, "id") === args[1];
}

function settleApplied(context: ScriptContext, keys: string[], args: string[]): unknown {
  if (!isOwner(context, keys, args)) return -1;
  const [, id, prefix, ...members] = args as [string, string, string];
  return members.filter((member) => context.data.removeMember(prefix + id, member)).length;
}

function settleFailed(context: ScriptContext, keys: string[], args: string[]): unknown {
  if (!isOwner(context, keys, args)) return -1;
  const { data, now } = context;
  const [overlay, batch, , totals, parked, acceptedViews] = keys as Keys;
  const members = args[2]! + args[1]!;
  let moved = 0;
  for (let index = 3; index < args.length; index += 3) {
    const [member, destination, name] = args.slice(index, index + 3) as [string, string, string];
    const score = data.score(members, member);
    if (score === undefined) continue;
    data.addScore(destination === "parked" ? parked : overlay, score, name);
    data.removeMember(members, member);
    moved += 1;
    const views = accepted(name, score);
    if (views === 0) continue;
    data.incrementField(totals, destination, views);
    if (name === member) data.incrementField(batch, "returned", views);
    else data.incrementBy(acceptedViews, views);
    if (destination === "overlay" && data.field(totals, "since") === undefined) {
      data.setFields(totals, { since: data.field(batch, "since") ?? now() });
    }
  }
  return moved;
}

function closeBatch(context: ScriptContext, keys: string[], args: string[]): unknown {
  if (!isOwner(context, keys, args)) return -1;
  const members = args[2]! + args[1]!;
  if (context.data.size(members) > 0) return 0;
  context.data.delete(keys[1]!, members);
  return 1;
}

function reopenBooks({ data }: ScriptContext, keys: string[], args: string[]): unknown {
  const [, batch, lastBatch, totals, , acceptedViews] = keys as Keys;
  const [high, applied, discarded, batchApplied, seen] = args as Keys;
  if ((data.strings.get(lastBatch) ?? "") !== seen) return 0;
  const open = data.field(batch, "id");
  const last = Math.max(...[high, open, data.strings.get(lastBatch)].map((id) => Number(id ?? 0)));
  let sum = Number(applied) + Number(discarded);
  if (open !== undefined) {
    sum += Number(data.field(batch, "views") ?? 0) - Number(data.field(batch, "returned") ?? 0);
    if (open === high) sum -= Number(batchApplied);
  }
  for (const [name, value] of data.hashes.get(totals) ?? []) {
    if (name !== "since") sum += Number(value);
  }
  data.strings.set(acceptedViews, String(sum));
  data.strings.set(lastBatch, String(last));
  return 1;
}

function takeForDiscard({ data, without }: ScriptContext, keys: string[], args: string[]): unknown {
  const [overlay, parked, totals, discard, done, lastBatch] = keys as Keys;
  const [id, from, ...targets] = args as [string, string];
  if (!data.exists(lastBatch)) return 0;
  if (data.exists(done) && !without.has("discard is done")) return 0;
  const places = { overlay: overlay, parked: parked, totals: totals };
  for (const [member, score] of takeMembers(data, places, from, targets)) {
    data.addScore(discard, score, member);
    const views = accepted(member, score);
    if (views > 0) data.incrementField(totals, `discard:${id}`, views);
  }
  return 1;
}

function forgetDiscard({ data }: ScriptContext, keys: string[], args: string[]): unknown {
  const [totals, discard, done] = keys as [string, string, string];
  const field = `discard:${args[0]!}`;
  if ((data.field(totals, field) ?? "0") !== args[1]) return 0;
  data.deleteField(totals, field);
  data.delete(discard);
  data.strings.set(done, "1");
  return 1;
}

function countView({ data, now, without }: ScriptContext, keys: string[], args: string[]): unknown {
  const [seen, overlay, acceptedViews, totals, former] = keys as Keys;
  if (former !== undefined && data.exists(former)) return 0;
  if (data.exists(seen) && !without.has("seen")) return 0;
  data.strings.set(seen, "1");
  data.addScore(overlay, 1, args[0]!);
  data.incrementBy(acceptedViews, 1);
  if (data.incrementField(totals, "overlay", 1) === 1) data.setFields(totals, { since: now() });
  return 1;
}

function readPending({ data }: ScriptContext, keys: string[], args: string[]): unknown {
  const [overlay, batch, parked, lastBatch] = keys as [string, string, string, string];
  const [prefix, ...targets] = args as [string, ...string[]];
  const open = data.field(batch, "id") ?? null;
  const scores = (key: string) =>
    targets.map((target) => data.score(key, target)?.toString() ?? null);
  const isFilling = data.field(batch, "chosen") && data.field(batch, "sealed") === undefined;
  const last = isFilling ? String(Number(open) - 1) : (data.strings.get(lastBatch) ?? null);
  return [last, open, scores(overlay), open === null ? [] : scores(prefix + open), scores(parked)];
}

/** As far as the first page of the overlay, parked and the batch goes. */
function rankCut({ data }: ScriptContext, keys: string[], args: string[]): unknown {
  const [overlay, batch, parked] = keys as [string, string, string];
  const [prefix, , offset, ...places] = args as [string, string, string, ...string[]];
  if (offset !== "0") throw new Error("The twin knows the first page only");
  const open = data.field(batch, "id") ?? null;
  const sizeOf: Record<string, number> = {
    waiting: data.size(overlay),
    parked: data.size(parked),
    batch: open === null ? 0 : data.size(prefix + open),
  };
  return [open, places.map(() => 0), places.map((place) => sizeOf[place])];
}

export const scriptTwins: Record<string, Script> = {
  openBatch,
  claimChosen,
  settleApplied,
  settleFailed,
  closeBatch,
  reopenBooks,
  takeForDiscard,
  forgetDiscard,
  countView,
  rankCut,
  readPending,
};
