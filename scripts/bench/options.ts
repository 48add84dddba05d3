import { parseArgs } from "node:util";
import { SetupError } from "../local/setup-error";

export const partNames = ["sync", "counting", "reading", "pages"] as const;
export type PartName = (typeof partNames)[number];

export interface BenchOptions {
  parts: PartName[];
  /** Pending targets of the syncs that are measured. */
  sizes: number[];
  rounds: number;
  /** Days of history that topics have in syncs with a history. */
  history: number;
}

const usage = `Usage: npm run bench -- [${partNames.join("|")} …] [--sizes 10000,100000] [--rounds 5] [--history 90]`;

/** @throws SetupError naming what is wrong */
export function readOptions(args: string[]): BenchOptions {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        sizes: { type: "string", default: "1000,10000,100000,1000000" },
        rounds: { type: "string", default: "5" },
        history: { type: "string", default: "90" },
      },
    });
    return {
      parts: positionals.length > 0 ? partNames.filter(chosen(positionals)) : [...partNames],
      sizes: values.sizes.split(",").map(positive),
      rounds: positive(values.rounds),
      history: positive(values.history),
    };
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

function chosen(names: string[]): (part: PartName) => boolean {
  const unknown = names.filter((name) => !partNames.some((part) => part === name));
  if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(", ")}`);
  return (part) => names.includes(part);
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`${text} is no positive whole number`);
}
