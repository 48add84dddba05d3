import { z } from "zod";
import { readMinute } from "./moments";
import {
  directions,
  emptyRuns,
  failureSorts,
  failureStates,
  listDefaults,
  pageSizes,
  pendingPlaces,
  runStatuses,
  runTriggers,
  urlName,
  type ListName,
  type ListParams,
} from "./list-search";

/** The greatest length of a target's name, and of a failure's reason as pages show it. */
const LONGEST_TEXT = 300;
/** A character of a reason may be two code units. */
const LONGEST_REASON = 2 * LONGEST_TEXT;
const LAST_PAGE = 1_000_000;

function withLineFeeds(given: string): string {
  return given.replace(/\r\n?/g, "\n");
}

/** PostgreSQL's text cannot hold a NUL. */
const keepable = z.string().regex(/^[^\0]*$/);
const text = keepable.trim().max(LONGEST_TEXT).catch("");
/** As the pages show it, perhaps with a space at the end. A form sends each line break as two characters. */
const reason = z.string().transform(withLineFeeds).pipe(keepable.max(LONGEST_REASON)).catch("");
const minute = z.string().transform(readMinute).catch("");
const page = z.coerce.number().int().min(1).max(LAST_PAGE).catch(1);
const pageSize = z.coerce
  .number()
  .pipe(z.literal([...pageSizes]))
  .catch(50);

function oneOf<const Value extends string>(values: readonly Value[], defaultValue: NoInfer<Value>) {
  return z.literal(values).catch(defaultValue);
}

const { pending, runs, failures } = listDefaults;

const schemas: { [List in ListName]: z.ZodType<ListParams[List]> } = {
  pending: z.object({
    search: text,
    place: oneOf(pendingPlaces, pending.place),
    direction: oneOf(directions, pending.direction),
    page,
    pageSize,
  }),
  topics: z.object({
    search: text,
    category: text,
    page,
    pageSize,
  }),
  runs: z.object({
    status: oneOf(runStatuses, runs.status),
    trigger: oneOf(runTriggers, runs.trigger),
    empty: oneOf(emptyRuns, runs.empty),
    from: minute,
    to: minute,
    page,
    pageSize,
  }),
  run: z.object({ reason, errorsPage: page, targetsPage: page, pageSize }),
  failures: z.object({
    search: text,
    reason,
    state: oneOf(failureStates, failures.state),
    sort: oneOf(failureSorts, failures.sort),
    direction: oneOf(directions, failures.direction),
    from: minute,
    to: minute,
    page,
    pageSize,
  }),
  audit: z.object({
    topic: text,
    actor: text,
    action: z
      .string()
      .regex(/^[a-z-]{1,60}$/)
      .catch("all"),
    from: minute,
    to: minute,
    page,
    pageSize,
  }),
};

/**
 * Reads the parameters of a list from a URL, or from a form that carries the filter of its page. Never fails:
 * what is missing or makes no sense gets its default.
 */
export function parseListParams<List extends ListName>(
  list: List,
  source: URLSearchParams | FormData,
): ListParams[List] {
  const fields = Object.keys(listDefaults[list]);
  return schemas[list].parse(
    Object.fromEntries(fields.map((field) => [field, source.get(urlName(field))])),
  );
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
