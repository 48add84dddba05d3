import { randomBytes, randomInt } from "node:crypto";

export interface Visitor {
  ip: string;
  userAgent: string;
  /** The address of a wallet, for visitors who have connected one. */
  address?: string;
}

export interface View {
  topicId: string;
  visitor: Visitor;
}

const browsers = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
];
const bots = [
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
  "Twitterbot/1.0",
];
const shareOfBots = 0.02;
const shareOfWallets = 0.3;

function pick<T>(choices: readonly T[]): T {
  return choices[randomInt(choices.length)] as T;
}

/** A new visitor, with a random address out of 100.64.0.0/10, which nobody on the internet has. */
export function newVisitor(): Visitor {
  const ip = `100.${64 + randomInt(64)}.${randomInt(256)}.${1 + randomInt(254)}`;
  if (Math.random() < shareOfBots) return { ip, userAgent: pick(bots) };
  const visitor: Visitor = { ip, userAgent: pick(browsers) };
  if (Math.random() < shareOfWallets) visitor.address = `0x${randomBytes(20).toString("hex")}`;
  return visitor;
}

const firstTopicId = 10_000;

/** The most read first. */
export const topicIds = Array.from({ length: 1_250 }, (_, rank) => String(firstTopicId + rank));

let total = 0;
/** Topics are read the way those of forums are: a few by nearly everybody, most by few (Zipf's law). */
const cumulative = topicIds.map((_, rank) => (total += 1 / (rank + 1)));

/** A random topic; popular ones are more likely. */
export function anyTopic(): string {
  const drawn = Math.random() * total;
  return topicIds[cumulative.findIndex((sum) => sum > drawn)]!;
}

/** Views of a busy day: every topic at least once, some pages reloaded, some read by a bot. */
export function* busyDay({
  visitors,
  views,
}: {
  visitors: number;
  views: number;
}): Generator<View> {
  const crowd = Array.from({ length: visitors }, newVisitor);
  const readers = crowd.filter(({ userAgent }) => !bots.includes(userAgent));
  for (const topicId of topicIds) yield { topicId, visitor: pick(readers) };
  for (let sent = topicIds.length; sent < views; sent++) {
    yield { topicId: anyTopic(), visitor: pick(crowd) };
  }
}
