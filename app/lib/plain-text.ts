/**
 * Text from outside as one line that is safe to show anywhere: without control characters, without marks that
 * change the direction of the text after them, and cut to a length. Zero-width joiners stay, because some
 * scripts and emoji need them.
 */
export function plainText(text: string, longest: number): string {
  const line = text
    .slice(0, 20 * longest)
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/(?![\u200c\u200d])\p{Cf}/gu, "")
    .replace(/\s+/g, " ")
    .trim();
  const letters = Array.from(line);
  return letters.length <= longest ? line : `${letters.slice(0, longest - 1).join("")}…`;
}
