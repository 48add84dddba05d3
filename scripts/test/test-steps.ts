import { existsSync, readdirSync } from "node:fs";

export interface TestStep {
  name: string;
  /** What npm is told to run. */
  npm: string[];
  /** Where the step writes a JSON report of its tests. Steps without one count as one test. */
  report?: { kind: "vitest" | "playwright"; file: string };
  /** Nothing after it makes sense when it fails. */
  isPrerequisite?: boolean;
  /** Why it is left out, if it is. */
  skipped?: string;
}

const reportFolder = ".data/test";

function vitest(name: string): TestStep {
  const file = `${reportFolder}/${name}.json`;
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  return { name, npm: [`test:${name}`, "--", ...reporters], report: { kind: "vitest", file } };
}

function hasEndToEndTests(): boolean {
  const folder = "tests/e2e";
  return existsSync(folder) && readdirSync(folder).some((file) => file.endsWith(".spec.ts"));
}

export const testSteps: TestStep[] = [
  { name: "generate", npm: ["db:generate"], isPrerequisite: true },
  { name: "format", npm: ["format:check"] },
  { name: "lint", npm: ["lint"] },
  { name: "typecheck", npm: ["typecheck"] },
  { name: "deadcode", npm: ["deadcode"] },
  { name: "build", npm: ["build"], isPrerequisite: true },
  vitest("unit"),
  vitest("integration"),
  {
    name: "e2e",
    npm: ["test:e2e"],
    report: { kind: "playwright", file: `${reportFolder}/e2e.json` },
    ...(hasEndToEndTests() ? {} : { skipped: "there are no tests/e2e/*.spec.ts" }),
  },
];
