import { hash } from "node:crypto";

/**
 * How the marks of viewers are stored. An epoch has its own secret and number of buckets, and is followed by
 * the next one when its time is over or when it holds as many marks as its buckets are made for. New marks go
 * into the newest epoch; marks of the current window may also be in older epochs, and are looked up there.
 */
export interface MarkEpoch {
  id: number;
  /** Viewers and networks are hashed under it. It is forgotten with the last mark. */
  secret: string;
  buckets: number;
  /** Unix milliseconds. The next epoch begins at `end` at the latest. */
  start: number;
  end: number;
  /** The resolution of the times in marks, in milliseconds: a mark has three bytes for its time. */
  tick: number;
  /** How many views had been accepted when it began. */
  accepted: number;
}

/** Where a viewer or a network is noted: in this group of this bucket, under this print. */
export interface MarkPlace {
  bucket: number;
  group: number;
  /** What tells it from the others of its group: text of single bytes. */
  print: string;
}

/** Whoever is counted once. */
export interface Viewer {
  name: string;
  /** For a viewer who always comes from the same network: the mark is then kept in that network's bucket. */
  network?: string | undefined;
}

/** Buckets of the smallest layout: a megabyte once all of them are in use. */
const FEWEST_BUCKETS = 1_024;
/**
 * Groups of a bucket: few enough that Redis keeps it a listpack even where that may have only 128 entries.
 */
export const MARK_GROUPS = 48;
const CAP_GROUPS = 40;
export const GROUPS = MARK_GROUPS + CAP_GROUPS;
/**
 * Marks that a bucket is made for: five or six in each group, eight bytes each, so a group stays below 64
 * bytes.
 */
const MARKS_A_BUCKET = 256;
/** How many times more buckets the next epoch gets when one was full before its end. */
const GROWTH = 4;

const HOUR_MS = 3_600_000;
const LONGEST_EPOCH_MS = 90 * 24 * HOUR_MS;
/** Times that three bytes can tell apart. */
const TICKS = 2 ** 24;
/** The finest tick: a hundredth of a second. */
const FINEST_TICK_MS = 10;

/** Characters of a print, of seven bits each: among eight marks, one in 4 * 10^9 matches wrongly. */
const MARK_PRINT = 5;
/** The same for a network: two networks in one group share their cap by mistake once in 260,000. */
const CAP_PRINT = 3;

/** Milliseconds that an epoch lasts, counted from 1970. With a window of 24 hours, an epoch is a UTC day. */
export function epochLength(windowSeconds: number): number {
  return Math.min(Math.max(windowSeconds * 1_000, HOUR_MS), LONGEST_EPOCH_MS);
}

/** The number of accepted views at which an epoch is full. */
export function fullAt({ buckets, accepted }: MarkEpoch): number {
  return accepted + buckets * MARKS_A_BUCKET;
}

/** What the next epoch is made of. */
export interface EpochFacts {
  /** Newest first. */
  epochs: MarkEpoch[];
  /** Redis' clock, Unix milliseconds. */
  now: number;
  accepted: number;
  windowSeconds: number;
  secret: string;
}

/** The next epoch, and those before it whose marks may still be within the window, newest first. */
export function withNextEpoch(facts: EpochFacts): MarkEpoch[] {
  const { epochs, now, accepted, windowSeconds, secret } = facts;
  const length = epochLength(windowSeconds);
  const next = {
    id: (epochs[0]?.id ?? 0) + 1,
    secret,
    buckets: bucketsFor(facts, length),
    start: now,
    end: (Math.floor(now / length) + 1) * length,
    tick: Math.max(FINEST_TICK_MS, Math.ceil(length / TICKS)),
    accepted,
  };
  const ended = epochs.map((epoch) => ({ ...epoch, end: Math.min(epoch.end, now) }));
  return [next, ...ended.filter(({ end }) => end + windowSeconds * 1_000 > now)];
}

/** A power of two, for as many views as the last epochs had. */
function bucketsFor({ epochs, now, accepted }: EpochFacts, length: number): number {
  const [newest] = epochs;
  if (newest && now < newest.end) return newest.buckets * GROWTH;
  const recent = epochs.findLast(({ start }) => start > now - 2 * length);
  if (!recent) return FEWEST_BUCKETS;
  // The first hour of a new installation says little about its days.
  const duration = Math.max(now - recent.start, Math.min(length, HOUR_MS));
  const expected = ((accepted - recent.accepted) / duration) * length;
  const buckets = 2 ** Math.ceil(Math.log2(Math.max(expected, 1) / MARKS_A_BUCKET));
  return Math.max(FEWEST_BUCKETS, buckets);
}

/**
 * Where the mark of a viewer of a target is kept, and where the views of a target from a network are noted.
 * Without a network to note, the marks of its viewers are spread over all buckets.
 */
export function placesOf(
  epoch: MarkEpoch,
  target: string,
  { viewer, network }: { viewer: Viewer; network: string | undefined },
): { mark: MarkPlace; cap: MarkPlace | undefined } {
  const ofViewer = digest(epoch, `viewer ${viewer.name}\n${target}`);
  const group = ofViewer.charCodeAt(3) % MARK_GROUPS;
  const mark = { bucket: bucketOf(epoch, ofViewer), group, print: printOf(ofViewer, MARK_PRINT) };
  if (network === undefined) return { mark, cap: undefined };
  const ofNetwork = digest(epoch, `network ${network}\n${target}`);
  const bucket = bucketOf(epoch, ofNetwork);
  const capGroup = MARK_GROUPS + (ofNetwork.charCodeAt(3) % CAP_GROUPS);
  return {
    mark: viewer.network === network ? { ...mark, bucket } : mark,
    cap: { bucket, group: capGroup, print: printOf(ofNetwork, CAP_PRINT) },
  };
}

/** The name under which the requests of a client are limited. */
export function limitName(epoch: MarkEpoch, client: string): string {
  return hash("sha256", `${epoch.secret}limit ${client}`, "base64url").slice(0, 16);
}

function bucketOf({ buckets }: MarkEpoch, digest: string): number {
  const [high, middle, low] = [0, 1, 2].map((index) => digest.charCodeAt(index));
  return ((high! * 256 + middle!) * 256 + low!) % buckets;
}

/** A keyed hash, one character a byte. Length extension is no risk, because so little of it is kept. */
function digest({ secret }: MarkEpoch, text: string): string {
  // Returning a buffer would take four times as long.
  return hash("sha256", `${secret}${text}`, "binary");
}

/** Seven bits of each byte, so that each is one byte on its way to Redis too. */
function printOf(digest: string, length: number): string {
  let print = "";
  for (let index = 4; index < 4 + length; index += 1) {
    print += String.fromCharCode(digest.charCodeAt(index) & 0x7f);
  }
  return print;
}
