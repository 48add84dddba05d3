import type { RedisData } from "./redis-data";

/**
 * The scripts of counting and of the batch, line by line, without their handling of values of a wrong type and
 * of data of the version before. Each runs to its end before anything else happens, as in Redis.
 */

/** Guards that a test can take away, to see that the promise then breaks. */
export type RedisGuard = "mark" | "adoption" | "regression" | "id of close";

export interface ScriptContext {
  data: RedisData;
  /** Unix milliseconds, as text. */
  now: () => string;
  without: ReadonlySet<RedisGuard>;
}

/** Up to seven keys or arguments that are always given. */
type Texts = [string, string, string, string, string, string, string];
type Script = (context: ScriptContext, keys: string[], args: string[]) => unknown;

const openBatch: Script = ({ data, now, without }, keys, [high]) => {
  const [overlay, batch, members, lastBatch, totals] = keys as Texts;
  const last = data.strings.get(lastBatch);
  if (last === undefined) return ["unopened"];
  if (Number(last) < Number(high) && !without.has("regression")) return ["regressed", last];
  const open = data.field(batch, "id");
  if (open !== undefined && !without.has("adoption")) {
    return ["adopted", open, data.size(members), 0];
  }
  const views = data.field(totals, "overlay") ?? "0";
  const since = data.field(totals, "since") ?? now();
  data.setFields(totals, { overlay: "0" });
  data.deleteField(totals, "since");
  if (!data.exists(overlay)) return ["empty", "0", 0, 0];
  const id = String(Math.max(Number(last), Number(high)) + 1);
  data.rename(overlay, members);
  data.setFields(batch, { id, openedAt: now(), since, views });
  data.strings.set(lastBatch, id);
  return ["opened", id, data.size(members), 0];
};

const closeBatch: Script = ({ data, without }, keys, [id]) => {
  const [batch, members] = keys as Texts;
  if (data.field(batch, "id") !== id && !without.has("id of close")) return 0;
  data.delete(batch, members);
  return 1;
};

const reopenBooks: Script = ({ data }, keys, args) => {
  const [overlay, batch, members, lastBatch, totals, accepted] = keys as Texts;
  const [high, booked, taken, seen, dropOverlay] = args as Texts;
  const last = data.strings.get(lastBatch);
  if ((last ?? "") !== seen) return -1;
  const open = data.field(batch, "id");
  let inBatch = Number(data.field(batch, "views") ?? 0);
  if (open !== undefined && Number(open) < Number(high)) {
    data.delete(batch, members);
    inBatch = 0;
  } else if (open === high) inBatch -= Number(taken);
  const overlayViews = Number(data.field(totals, "overlay") ?? 0);
  if (dropOverlay === "1") {
    data.delete(overlay);
    data.setFields(totals, { overlay: "0" });
    data.deleteField(totals, "since");
  }
  const forgotten = dropOverlay === "1" ? overlayViews : 0;
  data.strings.set(accepted, String(Number(booked) + overlayViews - forgotten + inBatch));
  data.strings.set(lastBatch, String(Math.max(Number(high), Number(open ?? 0), Number(last ?? 0))));
  return forgotten;
};

/** The number of arguments for each epoch, after the count script's first eight. */
const EPOCH_ARGUMENTS = 6;

/** The buckets of a view's mark and cap, a pair for each epoch, with the names of their entries. */
function placesOf(keys: string[], args: string[]) {
  return Array.from({ length: Number(args[7]) }, (_, epoch) => {
    const [, , markGroup, mark, capGroup, cap] = args.slice(8 + EPOCH_ARGUMENTS * epoch);
    const [markBucket, capBucket] = keys.slice(5 + 2 * epoch);
    return {
      mark: { bucket: markBucket!, entry: `${markGroup} ${mark}` },
      cap: { bucket: capBucket!, entry: `${capGroup} ${cap}` },
    };
  });
}

/** Whether a viewer whom the count script is told of has been counted within the window. */
export function isMarked({ data, now }: ScriptContext, keys: string[], args: string[]): boolean {
  const over = Number(now()) - Number(args[4]);
  return placesOf(keys, args).some(
    ({ mark }) => Number(data.field(mark.bucket, mark.entry) ?? -Infinity) > over,
  );
}

/** In memory, each mark is an entry of its own, with its time. */
const countScript: Script = (context, keys, args) => {
  const { data, now, without } = context;
  const [marks, overlay, accepted, totals, limit] = keys as Texts;
  const [target, epoch, end, full, window, perMinute, perNetwork] = args as Texts;
  const time = Number(now());
  if (data.field(marks, "current") !== epoch || time >= Number(end)) return "stale";
  if (Number(perMinute) > 0) {
    data.incrementBy(limit, 1);
    if (Number(data.strings.get(limit)) > Number(perMinute)) return 60_000;
  }
  const places = placesOf(keys, args);
  if (keys.slice(5 + 2 * places.length).some((former) => data.exists(former))) return "duplicate";
  if (isMarked(context, keys, args) && !without.has("mark")) return "duplicate";
  const [{ mark, cap }] = places as [(typeof places)[0]];
  if (Number(perNetwork) > 0) {
    const noted = places.flatMap(({ cap: { bucket, entry } }) =>
      (data.field(bucket, entry) ?? "").split(" ").filter(Boolean),
    );
    const held = noted.filter((at) => Number(at) > time - Number(window));
    if (held.length >= Number(perNetwork)) return "network";
    const before = data.field(cap.bucket, cap.entry) ?? "";
    data.setFields(cap.bucket, { [cap.entry]: `${before} ${time}` });
  }
  data.setFields(mark.bucket, { [mark.entry]: `${time}` });
  data.addScore(overlay, 1, target);
  data.incrementBy(accepted, 1);
  if (data.incrementField(totals, "overlay", 1) === 1) data.setFields(totals, { since: now() });
  return Number(data.strings.get(accepted)) >= Number(full) ? "full" : "counted";
};

const markEpochs: Script = ({ data, now }, keys, [seen, current, epochs]) => {
  const [marks, accepted] = keys as Texts;
  if (current !== undefined && (data.field(marks, "current") ?? "") === seen) {
    data.setFields(marks, { current, epochs: epochs! });
  }
  return [now(), data.strings.get(accepted) ?? null, data.field(marks, "epochs") ?? null];
};

const readPending: Script = ({ data }, keys, targets) => {
  const [overlay, batch, members, lastBatch] = keys as Texts;
  const scores = (key: string) =>
    targets.map((target) => data.score(key, target)?.toString() ?? null);
  return [
    data.strings.get(lastBatch) ?? null,
    data.field(batch, "id") ?? null,
    scores(overlay),
    scores(members),
  ];
};

export const inMemoryScripts: Record<string, Script> = {
  openBatch,
  closeBatch,
  reopenBooks,
  countScript,
  markEpochs,
  readPending,
};
