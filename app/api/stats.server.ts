import { json } from "@remix-run/node";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import { addDays, listDays } from "~/lib/utc-days";
import type { Services } from "~/services.server";
import { refusedDay, withPrevious, type Days } from "~/stats/period";
import { REACHABLE } from "~/stats/ranking";
import { fieldProblems } from "~/lib/field-problems";
import { respond } from "./answer-caller.server";
import { invalidRequest } from "./answers.server";
import type { StatsAnswer } from "./stats-bodies";

type StatsServices = Pick<Services, "directory" | "periodViews">;

/** The number of days when `from` is missing. */
const USUAL_DAYS = 28;
const USUAL_LIMIT = 100;
const LONGEST_CATEGORY = 100;

const limitMessage = `must be a number from 1 to ${REACHABLE}`;

const querySchema = z.object({
  compare: z.enum(["true", "false"], "must be true or false").default("false"),
  category: z
    .string()
    .max(LONGEST_CATEGORY, `must have at most ${LONGEST_CATEGORY} characters`)
    .regex(/^[^\0]*$/, "must not have a NUL")
    .default(""),
  limit: z
    .string()
    .regex(/^\d{1,9}$/, limitMessage)
    .transform(Number)
    .pipe(z.number().min(1, limitMessage).max(REACHABLE, limitMessage))
    .default(USUAL_LIMIT),
});

interface Wanted extends Days {
  isCompared: boolean;
  category: string | undefined;
  limit: number;
}

/** `GET /api/v1/forum/stats`, in JSON or, with `Accept: text/csv`, the topics as CSV. */
export async function answerStats(services: StatsServices, request: Request): Promise<Response> {
  const moment = await services.periodViews.now();
  const read = readQuery(new URL(request.url).searchParams, moment.today);
  if ("details" in read) return respond(invalidRequest(read.details));
  const answer = await readStats(services, moment, read);
  const isCsv = (request.headers.get("Accept") ?? "").includes("text/csv");
  return isCsv ? csvOf(answer) : json(answer, { headers: vary });
}

const vary = { Vary: "Accept" };

function readQuery(
  params: URLSearchParams,
  today: string,
): Wanted | { details: { field: string; message: string }[] } {
  const given = (name: string) => params.get(name) ?? undefined;
  const parsed = querySchema.safeParse({
    compare: given("compare"),
    category: given("category"),
    limit: given("limit"),
  });
  const to = given("to") ?? today;
  const isToWrong = refusedDay({ from: to, to }, today) !== undefined;
  const from = given("from") ?? (isToWrong ? to : addDays(to, 1 - USUAL_DAYS));
  const day = refusedDay({ from, to }, today);
  const details = [
    // Without `from`, only `to` can be wrong.
    ...(day ? [{ ...day, field: given("from") === undefined ? "to" : day.field }] : []),
    ...(parsed.error ? fieldProblems(parsed.error) : []),
  ];
  if (!parsed.success || details.length > 0) return { details };
  const { compare, category, limit } = parsed.data;
  const isCompared = compare === "true";
  return { from, to, isCompared, category: category || undefined, limit };
}

async function readStats(
  { directory, periodViews }: StatsServices,
  moment: Awaited<ReturnType<StatsServices["periodViews"]["now"]>>,
  { from, to, isCompared, category, limit }: Wanted,
): Promise<StatsAnswer> {
  const period = withPrevious("custom", { from, to });
  const [days, { topics }, categories] = await Promise.all([
    periodViews.days(moment, period, category),
    periodViews.ranking(moment, period, category),
    periodViews.categories(moment, period),
  ]);
  const named = await directory.named(topics.slice(0, limit));
  const before = (previous: number) => (isCompared ? { previousViews: previous } : {});
  return {
    from,
    to,
    total: days.total,
    ...(isCompared && period.previous
      ? { previous: { ...period.previous, total: days.previousTotal ?? 0 } }
      : {}),
    days: listDays(from, days.views.length).map((day, index) => ({
      day,
      views: days.views[index] ?? 0,
    })),
    topics: named.map(({ topicId, name, views, previous }) => ({
      topicId,
      title: name?.title ?? null,
      url: name?.url ?? null,
      category: name?.category ?? null,
      views,
      ...before(previous),
    })),
    categories: categories
      .filter((sum) => category === undefined || sum.category === category)
      .map((sum) => ({ category: sum.category, views: sum.views, ...before(sum.previous) })),
  };
}

function csvOf({ from, to, topics, previous }: StatsAnswer): Response {
  const columns = ["topicId", "title", "url", "category", "views"];
  if (previous) columns.push("previousViews");
  const text = stringify(topics, {
    header: true,
    columns,
    escape_formulas: true,
    record_delimiter: "windows",
  });
  return new Response(text, {
    headers: {
      ...vary,
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": `attachment; filename="views-${from}-${to}.csv"`,
    },
  });
}
