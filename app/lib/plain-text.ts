/**
 * Text of somebody else as one line that can be shown anywhere: without control characters, without marks that turn
 * the direction of what follows, and cut. Zero-width joiners stay: some scripts and pictures are made with them.
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
