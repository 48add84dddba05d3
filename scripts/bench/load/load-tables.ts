import { count } from "../../local/progress";
import { figure, spreadFigure, type Table } from "../report";
import { spread } from "../statistics";
import { connections } from "./closed-loop";
import type { LoadCase } from "./measure-load";

/** Two tables: the highest throughput, and fixed rates. The first answerer is compared with the last. */
export function loadTables(title: string, notes: string[], cases: LoadCase[]): Table[] {
  return [closedTable(`${title}: as many as possible`, notes, cases), openTable(title, cases)];
}

function closedTable(title: string, notes: string[], cases: LoadCase[]): Table {
  return {
    title,
    notes: [
      ...notes,
      `Closed loop, ${connections} connections. The load generator shares the cores with the server and Redis; the last column says how much of a core it took, and near 1 it is the limit. CPU: of the server's process, for each answer.`,
    ],
    columns: ["what", "requests/s", "÷ bare node:http", "CPU, µs", "cores of the generator"],
    rows: cases.map((current) => {
      const bare = cases.findLast(({ title }) => title === current.title);
      const rates = current.closed.map(({ requestsPerSecond }) => requestsPerSecond);
      const ratios = rates.map(
        (rate, round) => rate / (bare?.closed[round]?.requestsPerSecond ?? NaN),
      );
      return [
        name(current),
        spreadFigure(spread(rates)),
        current === bare ? "" : spreadFigure(spread(ratios)),
        spreadFigure(spread(current.closed.map(({ serverCpu }) => serverCpu))),
        figure(spread(current.closed.map(({ generatorCores }) => generatorCores)).median),
      ];
    }),
  };
}

function openTable(title: string, cases: LoadCase[]): Table {
  return {
    title: `${title}: at fixed rates`,
    notes: [
      "Open loop: milliseconds from the moment when the request was due, so that waiting for a server that has fallen behind counts.",
    ],
    columns: ["what", "p50, ms", "p99, ms", "longest, ms"],
    rows: cases.flatMap((current) =>
      current.open.map(({ rate, samples }) => [
        `${name(current)}, ${count(rate)}/s`,
        spreadFigure(spread(samples.map(({ p50 }) => p50))),
        spreadFigure(spread(samples.map(({ p99 }) => p99))),
        figure(Math.max(...samples.map(({ max }) => max))),
      ]),
    ),
  };
}

function name({ title, answerer }: LoadCase): string {
  return `${title}: ${answerer}`;
}
