import { count } from "../../local/progress";
import { figure, spreadFigure, type Table } from "../report";
import { spread } from "../statistics";
import type { SyncSample } from "./measure-sync";
import type { SyncCase, SyncMeasurements } from "./sync-part";

const megabyte = 2 ** 20;

/** One line for each contender; the last column sets ours beside it, round by round. */
export function syncTable({ cases, idleBytes }: SyncMeasurements, historyDays: number): Table {
  return {
    title: "Sync",
    notes: [
      "Medians of the rounds, with the fastest and the slowest in brackets.",
      "ours: `POST /api/v1/forum/sync-views`, from the request to the whole answer. one by one: KEYS, then GET, Prisma upsert, DEL for each. floor: the same rows by bulk SQL from memory, with the chunk size and the order in brackets, which were the best of several.",
      `new: the tables are empty. existing: every topic has a row, and one for today. first of the day: every topic has a row, and one for each of the last ${historyDays} days. later that day: and one for today.`,
      "ours ÷ it: the time of ours divided by the time of this contender in the same round; for one by one the reverse, that is, how many times faster ours is.",
      `Memory: the server's peak above its ${idleBytes === undefined ? "idle size, unknown here" : `${Math.round(idleBytes / megabyte)} MB when warm and idle`}.`,
    ],
    columns: [
      "targets",
      "seconds",
      "targets/s",
      "ours ÷ it",
      "WAL bytes/target",
      "memory, MB",
      "longest Redis command, ms",
    ],
    rows: cases.map((current) => {
      const { samples, size } = current;
      return [
        name(current),
        spreadFigure(spread(samples.map(({ seconds }) => seconds))),
        spreadFigure(spread(samples.map(({ seconds }) => size / seconds))),
        comparison(cases, current),
        figure(spread(samples.map(({ walBytes }) => walBytes / size)).median),
        memory(samples, idleBytes),
        longestCommand(samples),
      ];
    }),
  };
}

function name({ size, kind, contender, plan }: SyncCase): string {
  const form = plan ? ` (${count(plan.chunkSize)} ${plan.order})` : "";
  return `${count(size)} ${kind}: ${contender}${form}`;
}

function comparison(cases: SyncCase[], { size, kind, contender, samples }: SyncCase): string {
  if (contender === "ours") return "";
  const product = cases.find(
    (other) => other.size === size && other.kind === kind && other.contender === "ours",
  );
  const ratios = samples.map(
    ({ seconds }, round) => (product?.samples[round]?.seconds ?? NaN) / seconds,
  );
  if (contender !== "one by one") return spreadFigure(spread(ratios));
  return `${spreadFigure(spread(ratios.map((ratio) => 1 / ratio)))} times faster`;
}

/** The worst round: a limit that is kept most of the time is not kept. */
function memory(samples: SyncSample[], idleBytes: number | undefined): string {
  const peaks = samples.flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [peakBytes]));
  if (idleBytes === undefined || peaks.length === 0) return "";
  return figure(Math.max(0, Math.max(...peaks) - idleBytes) / megabyte);
}

function longestCommand(samples: SyncSample[]): string {
  const logged = samples.flatMap(({ longestRedisCommand }) => longestRedisCommand ?? []);
  const [longest] = logged.toSorted((one, other) => other.milliseconds - one.milliseconds);
  return longest ? `${figure(longest.milliseconds)} ${longest.command}` : "< 0.5";
}

/** What one target costs at each size, and how that grows. */
export function growthTable({ cases }: SyncMeasurements): Table {
  const products = cases.filter(({ contender }) => contender === "ours");
  return {
    title: "Growth",
    notes: [
      "Microseconds of a sync for each target; the last column compares with 10,000 targets.",
    ],
    columns: ["targets", "µs a target", "÷ at 10,000"],
    rows: products.map(({ size, kind, samples }) => {
      const reference = products.find((other) => other.size === 10_000 && other.kind === kind);
      const cost = spread(costs(samples, size));
      return [
        `${count(size)} ${kind}`,
        spreadFigure(cost),
        reference ? figure(cost.median / spread(costs(reference.samples, 10_000)).median) : "",
      ];
    }),
  };
}

function costs(samples: SyncSample[], size: number): number[] {
  return samples.map(({ seconds }) => (seconds / size) * 1e6);
}
