/** A LIKE pattern for what contains `text`, letter for letter. */
export function containsPattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
