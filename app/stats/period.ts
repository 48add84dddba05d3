/**
 * The period that pages and the API look at, from the URL. Days are UTC: views belong to the day on which they were
 * flushed. Browser code imports this file too.
 */
import { addDays, daysBetween, isUtcDay } from "~/lib/utc-days";

export const periodNames = ["today", "7d", "28d", "90d", "12m", "all"] as const;
export type PeriodName = (typeof periodNames)[number];

/** Days without a `period` in the URL. */
export const USUAL_PERIOD = "28d";

/** Both days are included, as YYYY-MM-DD. */
export interface Days {
  from: string;
  to: string;
}

export interface Period extends Days {
  name: PeriodName | "custom";
  /** The same number of days, right before the period; undefined for all time. */
  previous: Days | undefined;
}

/** About ten years, which is longer than any forum's history. */
const MOST_DAYS = 3_660;
const MONTHS_OF_LONGEST = 12;

const lengths = { today: 1, "7d": 7, "28d": 28, "90d": 90 };

/** The period of a page, from its URL; the usual period if the URL makes no sense. */
export function readPeriod(
  params: URLSearchParams,
  { today, firstDay }: { today: string; firstDay: string | undefined },
): Period {
  const custom = { from: params.get("from") ?? "", to: params.get("to") ?? "" };
  if (refusedDay(custom, today) === undefined) return withPrevious("custom", custom);
  const name = periodNames.find((known) => known === params.get("period")) ?? USUAL_PERIOD;
  if (name === "all") {
    const from = firstDay !== undefined && firstDay < today ? firstDay : today;
    return { name, from, to: today, previous: undefined };
  }
  const from = name === "12m" ? aYearBefore(today) : addDays(today, 1 - lengths[name]);
  return withPrevious(name, { from, to: today });
}

/** What is wrong with these days, if anything is. */
export function refusedDay(
  { from, to }: Days,
  today: string,
): { field: "from" | "to"; message: string } | undefined {
  const format = "must be a day such as 2026-11-01";
  if (!isUtcDay(from)) return { field: "from", message: format };
  if (!isUtcDay(to)) return { field: "to", message: format };
  if (to > today) return { field: "to", message: `must not be after today, ${today} (UTC)` };
  if (from > to) return { field: "from", message: "must not be after `to`" };
  if (daysBetween(from, to) >= MOST_DAYS) {
    return { field: "from", message: "must not be more than ten years before `to`" };
  }
  return undefined;
}

export function withPrevious(name: Period["name"], { from, to }: Days): Period {
  const length = daysBetween(from, to) + 1;
  return { name, from, to, previous: { from: addDays(from, -length), to: addDays(from, -1) } };
}

/** 28 November of the year before for 27 November, so that both days span one year. */
function aYearBefore(day: string): string {
  const date = new Date(`${addDays(day, 1)}T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() - MONTHS_OF_LONGEST);
  return date.toISOString().slice(0, "2026-11-01".length);
}

/** The query of a link to a page that shows the same period. */
export function periodSearch({ name, from, to }: Pick<Period, "name" | "from" | "to">): string {
  if (name === USUAL_PERIOD) return "";
  return name === "custom" ? `?from=${from}&to=${to}` : `?period=${name}`;
}

/** What one bar of a chart stands for. */
export type Unit = "day" | "week" | "month";

const MOST_BARS_OF_DAYS = 92;
const MOST_BARS_OF_WEEKS = 60;

export function unitOf({ from, to }: Days): Unit {
  const days = daysBetween(from, to) + 1;
  if (days <= MOST_BARS_OF_DAYS) return "day";
  return days <= MOST_BARS_OF_WEEKS * 7 ? "week" : "month";
}

export interface Bar extends Days {
  views: number;
  /** Views in the same part of the period before; undefined when nothing is compared. */
  previous?: number;
}

/**
 * One bar for each day, week or month. Weeks begin on Mondays, and the first and the last bar may be shorter.
 * A bar is compared with the days at the same distance from the beginning of the period before.
 * @param views of each day of the period, in order, and likewise `previous` for the period before
 */
export function barsOf({ from, to }: Days, views: number[], previous?: number[]): Bar[] {
  const unit = unitOf({ from, to });
  const bars = new Map<string, Bar>();
  for (const [index, count] of views.entries()) {
    const day = addDays(from, index);
    const start = startOf(unit, day);
    const bar: Bar = bars.get(start) ?? { from: day, to: day, views: 0 };
    bar.to = day;
    bar.views += count;
    if (previous) bar.previous = (bar.previous ?? 0) + (previous[index] ?? 0);
    bars.set(start, bar);
  }
  return [...bars.values()];
}

function startOf(unit: Unit, day: string): string {
  if (unit === "day") return day;
  if (unit === "month") return day.slice(0, "2026-11".length);
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}
