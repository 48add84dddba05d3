import { readFileSync } from "node:fs";
import path from "node:path";
import { parseAllDocuments } from "yaml";

export const root = path.resolve(import.meta.dirname, "../..");

export function readText(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

/** The documents of a YAML file. @throws where it is not valid */
export function readYaml<T>(file: string): T[] {
  return parseAllDocuments(readText(file), { merge: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw new Error(`${file}: ${problem.message}`);
    return document.toJS() as T;
  });
}

export const packageJson = JSON.parse(readText("package.json")) as {
  engines: { node: string };
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
};

/** The names of a file of NAME=value lines, those in comments included. */
export function namesOf(file: string): string[] {
  return [...readText(file).matchAll(/^#?([A-Z][A-Z_]+)=/gm)].map(([, name = ""]) => name);
}
