/** A small change of the product's source that removes one guard, and the tests that must notice it. */
export interface Mutation {
  /** Selects it on the command line. */
  name: string;
  /** What the guard ensures, as a sentence that is true while it is there. */
  guard: string;
  file: string;
  /** Must occur in the file exactly once. */
  find: string;
  replace: string;
  /** The narrowest test files that have to fail. */
  tests: string[];
}

/** The mutated source. @throws Error when the text is not there exactly once */
export function mutate(source: string, { name, file, find, replace }: Mutation): string {
  const parts = source.split(find);
  const [before, after] = parts;
  if (before === undefined || after === undefined || parts.length > 2) {
    const times = parts.length - 1;
    throw new Error(`${name} no longer applies: its text stands ${times} times in ${file}`);
  }
  return before + replace + after;
}
