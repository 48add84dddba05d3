/** `GET /api/v1/forum/stats`: the views of a period, in JSON or, with `Accept: text/csv`, its topics as CSV. */
import { json } from "@remix-run/node";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import { addDays, listDays } from "~/lib/utc-days";
import type { Services } from "~/services.server";
import { refusedDay, withPrevious } from "~/stats/period";
import { REACHABLE } from "~/stats/ranking";
import { fieldProblems } from "~/lib/field-problems";
import { invalidRequest, type Answer } from "./answers.server";
import { namedBodies } from "./bodies";

const count = z.int().min(0);
const day = z.iso.date();
const daysShape = { from: day.describe("UTC"), to: day.describe("Included, UTC") };
const viewsShape = {
  views: count,
  previousViews: count.optional().describe("Only with `compare`"),
};

export const statsAnswerSchema = z
  .object({
    ...daysShape,
    total: count.describe("The sum over the days, and over all topics"),
    previous: z
      .object({ ...daysShape, total: count })
      .optional()
      .describe("Only with `compare`: the same number of days, right before"),
    days: z
      .array(z.object({ day, views: count }))
      .describe("Every day of the period, also those without views"),
    topics: z
      .array(
        z.object({
          topicId: z.string(),
          title: z.string().nullable(),
          url: z.string().nullable(),
          category: z.string().nullable(),
          ...viewsShape,
        }),
      )
      .describe("Most views first; facts that the directory does not have are null"),
    categories: z
      .array(z.object({ category: z.string().nullable(), ...viewsShape }))
      .describe("Most views first; null for topics without a category"),
  })
  .describe("The views of a period")
  .register(namedBodies, { id: "Stats" });

export type StatsAnswer = z.infer<typeof statsAnswerSchema>;

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

export async function answerStats(
  { directory, periodViews }: Pick<Services, "directory" | "periodViews">,
  request: Request,
): Promise<Answer | Response> {
  const moment = await periodViews.now();
  const query = readQuery(new URL(request.url).searchParams, moment.today);
  if (query.details) return invalidRequest(query.details);
  const { from, to, limit } = query;
  const category = query.category || undefined;
  const period = withPrevious("custom", { from, to });
  const [days, { topics }, categories] = await Promise.all([
    periodViews.days(moment, period, category),
    periodViews.ranking(moment, period, category),
    periodViews.categories(moment, period),
  ]);
  const named = await directory.named(topics.slice(0, limit));
  const isCompared = query.compare === "true";
  const before = (previous: number) => (isCompared ? { previousViews: previous } : {});
  const answer: StatsAnswer = {
    ...{ from, to, total: days.total },
    ...(isCompared && period.previous
      ? { previous: { ...period.previous, total: days.previousTotal ?? 0 } }
      : {}),
    days: listDays(from, days.views.length).map((day, index) => ({
      day,
      views: days.views[index] ?? 0,
    })),
    topics: named.map(({ topicId, name, views, previous }) => {
      const { title = null, url = null, category = null } = name ?? {};
      return { topicId, title, url, category, views, ...before(previous) };
    }),
    categories: categories
      .filter((sum) => category === undefined || sum.category === category)
      .map((sum) => ({ category: sum.category, views: sum.views, ...before(sum.previous) })),
  };
  const isCsv = (request.headers.get("Accept") ?? "").includes("text/csv");
  return isCsv ? csvOf(answer) : json(answer, { headers: vary });
}

const vary = { Vary: "Accept" };

function readQuery(params: URLSearchParams, today: string) {
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
  return parsed.success && details.length === 0 ? { from, to, ...parsed.data } : { details };
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
