/** What a guard ensures and how it is removed. */
interface Removal {
  /** A sentence that is true while the guard is there. */
  guard: string;
  /** Must occur in the file exactly once. */
  find: string;
  /** Nothing when unset. */
  replace?: string;
  /** Where it is another one than for the file's other guards. */
  test?: string;
}

/** A small change of the product's source that removes one guard, and the test that must notice it. */
export interface Mutation extends Required<Removal> {
  /** Selects it on the command line. */
  name: string;
  file: string;
}

/** The guards of a file by their names, with the narrowest test file that has to fail without them. */
export function guardsOf(
  file: string,
  test: string,
  removals: Record<string, Removal>,
): Mutation[] {
  return Object.entries(removals).map(([name, removal]) => ({
    ...{ name, file, test, replace: "" },
    ...removal,
  }));
}

/** The mutated source. @throws Error when the text is not there exactly once */
export function mutate(source: string, { name, file, find, replace }: Mutation): string {
  const parts = source.split(find);
  if (parts.length === 2) return parts.join(replace);
  const times = parts.length - 1;
  throw new Error(`${name} no longer applies: its text stands ${times} times in ${file}`);
}
