import type { z } from "zod";

export interface FieldProblem {
  /** Such as `topics[3].title`; `body` if the whole is wrong. */
  field: string;
  message: string;
}

/** What is wrong with a value, field by field. */
export function fieldProblems(error: z.ZodError): FieldProblem[] {
  return error.issues.map((issue) =>
    issue.code === "unrecognized_keys"
      ? { field: fieldName([...issue.path, issue.keys[0] ?? ""]), message: "is not known" }
      : { field: fieldName(issue.path), message: issue.message },
  );
}

function fieldName(path: PropertyKey[]): string {
  const name = path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part).slice(0, 100)}`))
    .join("")
    .replace(/^\./, "");
  return name || "body";
}
