/**
 * What the address of each list may say after its `?`, and links that say it. Browser code imports this file, too,
 * so it does without a library of schemas.
 */
import { readMinute } from "./moments";

export const pageSizes = [25, 50, 100, 200] as const;
export const runStatuses = [
  "all",
  "running",
  "stalled",
  "succeeded",
  "partial",
  "failed",
  "interrupted",
  "empty",
] as const;
export const runTriggers = ["all", "cron", "flush", "retry"] as const;

/** The greatest length of a target's name. */
const LONGEST_TEXT = 300;
/** More than pages show of a failure's reason. */
const LONGEST_REASON = 600;
const LAST_PAGE = 1_000_000;

/** Reads a parameter. What makes no sense gets the default, and so does "", which stands for a missing one. */
type Reader = (given: string) => string | number;

/** One of these values; the first by default. */
function oneOf<const Value extends string>(values: readonly [Value, ...Value[]]) {
  return (given: string): Value => values.find((value) => value === given) ?? values[0];
}

/** PostgreSQL's text cannot hold a NUL. Like there, a character outside the basic plane counts as one. */
function keepable(text: string, longest: number): string {
  return text.includes("\0") || Array.from(text).length > longest ? "" : text;
}

const text = (given: string) => keepable(given.trim(), LONGEST_TEXT);
/** As the pages show it, perhaps with a space at the end. */
const reason = (given: string) => keepable(withLineFeeds(given), LONGEST_REASON);
const direction = oneOf(["desc", "asc"]);
const pageSize = (given: string) => pageSizes.find((size) => size === Number(given)) ?? 50;

/** From 1. */
function page(given: string): number {
  const number = Number(given);
  return Number.isInteger(number) && number >= 1 && number <= LAST_PAGE ? number : 1;
}

/** A form sends each line break as two characters. */
function withLineFeeds(given: string): string {
  return given.replace(/\r\n?/g, "\n");
}

/** Minutes in UTC, "2025-11-22T15:04Z"; empty for no limit. */
const timeRange = { from: readMinute, to: readMinute };

const lists = {
  pending: {
    /** A part of the target's name; an exact topic id comes first. */
    search: text,
    place: oneOf(["waiting", "batch"]),
    /** Of the order by views. */
    direction,
    page,
    pageSize,
  },
  topics: {
    /** In titles and ids, or the address of a topic. */
    search: text,
    /** Empty for all categories. */
    category: text,
    page,
    pageSize,
  },
  runs: {
    status: oneOf(runStatuses),
    trigger: oneOf(runTriggers),
    empty: oneOf(["show", "hide"]),
    /** When runs began. */
    ...timeRange,
    page,
    pageSize,
  },
  /** The two lists on the page of one run. */
  run: {
    /** Only the errors with this reason; all when empty. */
    reason,
    errorsPage: page,
    targetsPage: page,
    pageSize,
  },
  failures: {
    search: text,
    reason,
    state: oneOf(["all", "failing", "parked"]),
    sort: oneOf(["lastSeen", "firstSeen", "attempts", "views", "target"]),
    direction,
    /** When targets last failed. */
    ...timeRange,
    page,
    pageSize,
  },
  audit: {
    /** A topic, by its exact id. */
    topic: text,
    /** A part of an e-mail address. */
    actor: text,
    /** One of the actions that the log knows, or `all`. */
    action: (given: string) => (/^[a-z-]{1,60}$/.test(given) ? given : "all"),
    ...timeRange,
    page,
    pageSize,
  },
} satisfies Record<string, Record<string, Reader>>;

type Lists = typeof lists;
export type ListName = keyof Lists;
type ParamsOf<Readers> = {
  [Field in keyof Readers]: Readers[Field] extends (given: string) => infer Value ? Value : never;
};
type ListParams = { [List in ListName]: ParamsOf<Lists[List]> };

export type PendingParams = ListParams["pending"];
export type TopicsParams = ListParams["topics"];
export type RunsParams = ListParams["runs"];
export type RunParams = ListParams["run"];
export type FailuresParams = ListParams["failures"];
export type AuditParams = ListParams["audit"];
export type TimeRange = Pick<RunsParams, keyof typeof timeRange>;

/** What a list shows when its address says nothing. */
export const listDefaults: ListParams = {
  pending: parseListParams("pending", new URLSearchParams()),
  topics: parseListParams("topics", new URLSearchParams()),
  runs: parseListParams("runs", new URLSearchParams()),
  run: parseListParams("run", new URLSearchParams()),
  failures: parseListParams("failures", new URLSearchParams()),
  audit: parseListParams("audit", new URLSearchParams()),
};

/** A field's name in the address. */
function urlName(field: string): string {
  return { search: "q", direction: "dir", pageSize: "size" }[field] ?? field;
}

/** Reads the parameters of a list from an address, or from a form that carries the filter of its page. */
export function parseListParams<List extends ListName>(
  list: List,
  source: URLSearchParams | FormData,
): ListParams[List] {
  const params = Object.entries<Reader>(lists[list]).map(([field, read]) => {
    const given = source.get(urlName(field));
    return [field, read(typeof given === "string" ? given : "")];
  });
  return Object.fromEntries(params) as ListParams[List];
}

/**
 * The same for an action on everything that matches: undefined when something is not what the list would
 * send, because a fallback could match more than what was asked for.
 */
export function parseExactListParams<List extends ListName>(
  list: List,
  source: URLSearchParams | FormData,
): ListParams[List] | undefined {
  const params = parseListParams(list, source);
  const isExact = Object.entries<string | number>({ ...params }).every(([field, value]) => {
    const [given, ...more] = source.getAll(urlName(field));
    if (given === undefined || given === "") return true;
    if (more.length > 0 || typeof given !== "string") return false;
    return [given.trim(), withLineFeeds(given)].includes(String(value));
  });
  return isExact ? params : undefined;
}

const pageFields = new Set(["page", "errorsPage", "targetsPage"]);

/**
 * The query of a link to the same list with some changes, `?` included; empty when everything is as by
 * default. Unless only the page changes, the link leads to the first page: the same page number would show
 * other rows.
 */
export function listSearch<List extends ListName>(
  list: List,
  params: ListParams[List],
  changes: Partial<ListParams[List]> = {},
): string {
  const staysOnPage = Object.keys(changes).every((field) => pageFields.has(field));
  const query = new URLSearchParams();
  const wanted = new Map(Object.entries<string | number>({ ...params, ...changes }));
  for (const [field, defaultValue] of Object.entries<string | number>({ ...listDefaults[list] })) {
    const value = pageFields.has(field) && !staysOnPage ? defaultValue : wanted.get(field);
    if (value !== undefined && value !== defaultValue) query.set(urlName(field), String(value));
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}
