/**
 * How topics are searched: every word has to be in the title or the id, ignoring case, accents and
 * punctuation. A word of one or two letters has to be the beginning of a word there.
 */
import { containsPattern } from "~/lib/like-pattern";

/** The words of a text as they are compared, each after a space. */
export function searchText(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

export interface WordSearch {
  /** For the index: `topic_trigrams` of every matching text contains all of them. */
  trigrams: string[];
  /** For LIKE, on a text with a space before it. */
  patterns: string[];
}

/** Undefined where the text has no word. */
export function wordSearch(text: string): WordSearch | undefined {
  const words = searchText(text).split(" ").filter(Boolean);
  if (words.length === 0) return undefined;
  const isShort = (word: string) => Array.from(word).length < 3;
  return {
    trigrams: [...new Set(words.flatMap((word) => trigramsOf(isShort(word) ? `  ${word}` : word)))],
    patterns: words.map((word) => containsPattern(isShort(word) ? ` ${word}` : word)),
  };
}

function trigramsOf(text: string): string[] {
  const letters = Array.from(text);
  return letters.slice(2).map((_letter, index) => letters.slice(index, index + 3).join(""));
}

/** The URL, if a text is the address of a web page; otherwise undefined. */
export function webAddress(text: string): URL | undefined {
  const trimmed = text.trim();
  return /^https?:\/\//i.test(trimmed) && URL.canParse(trimmed) ? new URL(trimmed) : undefined;
}

/** An address and its parents, longest first: a link may go on with the number of a post. */
export function addressesAbove(address: URL): string[] {
  const segments = address.pathname.split("/").filter(Boolean);
  const paths = segments.map((_segment, index) => `/${segments.slice(0, index + 1).join("/")}`);
  const above = paths
    .reverse()
    .flatMap((path) => [address.origin + path, `${address.origin}${path}/`]);
  return [`${address.origin}${address.pathname}${address.search}`, ...above];
}
