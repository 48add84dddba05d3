/**
 * The parameters that the URL of each list may have. Browser code imports this file, too, for links and
 * forms; so the schemas that read a URL are in a file of their own, list-params.ts.
 */
export const pageSizes = [25, 50, 100, 200] as const;
export const directions = ["asc", "desc"] as const;
export const pendingPlaces = ["waiting", "batch"] as const;
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
export const emptyRuns = ["show", "hide"] as const;
export const failureStates = ["all", "failing", "parked"] as const;
export const failureSorts = ["lastSeen", "firstSeen", "attempts", "views", "target"] as const;

export type Direction = (typeof directions)[number];
export type PageSize = (typeof pageSizes)[number];

/** Minutes in UTC, "2025-11-22T15:04Z"; empty for no limit. */
export interface TimeRange {
  from: string;
  to: string;
}

interface Paged {
  /** From 1. */
  page: number;
  pageSize: PageSize;
}

export interface PendingParams extends Paged {
  /** A part of the target's name; an exact topic id comes first. */
  search: string;
  place: (typeof pendingPlaces)[number];
  /** Of the order by views. */
  direction: Direction;
}

export interface TopicsParams extends Paged {
  /** In titles and ids, or the address of a topic. */
  search: string;
  /** Empty for all categories. */
  category: string;
}

/** `TimeRange` is about when runs began. */
export interface RunsParams extends Paged, TimeRange {
  status: (typeof runStatuses)[number];
  trigger: (typeof runTriggers)[number];
  empty: (typeof emptyRuns)[number];
}

/** The two lists on the page of one run. */
export interface RunParams {
  /** Only the errors with this reason; all when empty. */
  reason: string;
  errorsPage: number;
  targetsPage: number;
  pageSize: PageSize;
}

/** `TimeRange` is about when targets last failed. */
export interface FailuresParams extends Paged, TimeRange {
  search: string;
  reason: string;
  state: (typeof failureStates)[number];
  sort: (typeof failureSorts)[number];
  direction: Direction;
}

export interface AuditParams extends Paged, TimeRange {
  /** A topic, by its exact id. */
  topic: string;
  /** A part of an e-mail address. */
  actor: string;
  /** One of the actions that the log knows, or `all`. */
  action: string;
}

export interface ListParams {
  pending: PendingParams;
  topics: TopicsParams;
  runs: RunsParams;
  run: RunParams;
  failures: FailuresParams;
  audit: AuditParams;
}

export type ListName = keyof ListParams;

const firstPage = { page: 1, pageSize: 50 } as const;
const always = { from: "", to: "" };

/** What a list shows when its URL says nothing, or makes no sense. */
export const listDefaults: { [List in ListName]: ListParams[List] } = {
  pending: { search: "", place: "waiting", direction: "desc", ...firstPage },
  topics: { search: "", category: "", ...firstPage },
  runs: { status: "all", trigger: "all", empty: "show", ...always, ...firstPage },
  run: { reason: "", errorsPage: 1, targetsPage: 1, pageSize: 50 },
  failures: {
    search: "",
    reason: "",
    state: "all",
    sort: "lastSeen",
    direction: "desc",
    ...always,
    ...firstPage,
  },
  audit: { topic: "", actor: "", action: "all", ...always, ...firstPage },
};

/** Fields that go by a shorter name in the URL. */
const shortNames = new Map([
  ["search", "q"],
  ["direction", "dir"],
  ["pageSize", "size"],
]);

/** A field's name in the URL. */
export function urlName(field: string): string {
  return shortNames.get(field) ?? field;
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
