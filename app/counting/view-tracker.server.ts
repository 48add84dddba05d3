import { RedisScript, type RedisClient } from "~/platform/redis-script.server";
import { countedViews } from "~/sync/engine/sort-members";
import { normaliseType } from "~/sync/target";
import type { ViewKeys } from "~/sync/redis/view-keys";
import { countScript } from "./count-script";
import { EpochStore } from "./epoch-store.server";
import { FormerMarks } from "./former-marks.server";
import { fullAt, limitName, placesOf, type MarkEpoch, type Viewer } from "./mark-epochs";

/** What Redis holds of some targets, read at one moment together with the ids around it. */
export interface PendingSnapshot {
  /** The highest batch id given out; 0 before the first. */
  lastBatch: number;
  openBatch: number | undefined;
  /** In the order of the targets asked for. `batch`: the share of the open batch, taken by PostgreSQL or not. */
  targets: Array<{ overlay: number; batch: number }>;
}

/** A view to be counted, and who is viewing. */
export interface View {
  targetType: string;
  targetId: string;
  viewer: Viewer;
  /** The client whose rate limit the view uses up; undefined where no limit applies. */
  client?: string | undefined;
  /**
   * The network whose cap for the target applies; undefined for a viewer whom a trusted caller vouches for.
   */
  network?: string | undefined;
}

export type CountResult =
  { outcome: "counted" | "duplicate" | "network" } | { outcome: "rate"; waitSeconds: number };

/** The limits of counting. */
export interface CountLimits {
  /** How long a viewer counts once for a target. */
  windowSeconds: number;
  /** Requests to count that a client may send in a minute; 0 for any number. */
  perMinute: number;
  /** Viewers of one network that count for one target within the window; 0 for any number. */
  perNetwork: number;
}

/** How often the epochs may change while one view is counted. */
const MOST_ATTEMPTS = 5;

/**
 * The pending views of some targets as they stand at one moment.
 * Keys: overlay, batch, its members, lastBatch. Arguments: targets.
 */
export const readPending = new RedisScript<
  [
    lastBatch: string | null,
    openBatch: string | null,
    overlay: Array<string | null>,
    batch: Array<string | null>,
  ]
>(`
return {
  redis.call('GET', KEYS[4]), redis.call('HGET', KEYS[2], 'id'),
  redis.call('ZMSCORE', KEYS[1], unpack(ARGV)), redis.call('ZMSCORE', KEYS[3], unpack(ARGV))
}
`);

/**
 * The counting side: views go into the overlay here and nowhere else. Every method throws a
 * `DependencyError` when Redis is away; none answers as if nothing were there.
 */
export class ViewTracker {
  readonly #epochs: EpochStore;
  readonly #formerMarks: FormerMarks;

  constructor(
    private readonly dependencies: { redis: RedisClient; keys: ViewKeys; limits: CountLimits },
  ) {
    const { windowSeconds } = dependencies.limits;
    this.#epochs = new EpochStore({ ...dependencies, windowSeconds });
    this.#formerMarks = new FormerMarks(dependencies);
  }

  /** Counts a view, unless the client or the network is over its limit or the viewer was counted already. */
  async count(view: View): Promise<CountResult> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const reading = this.#epochs.current();
      const epochs = await reading;
      const reply = await this.#tryToCount(view, epochs);
      if (typeof reply === "number") {
        return { outcome: "rate", waitSeconds: Math.max(1, Math.ceil(reply / 1_000)) };
      }
      if (reply === "stale") {
        await this.#epochs.refresh(reading);
        continue;
      }
      if (reply !== "full") return { outcome: reply };
      // The view is counted even if this fails; then the next view tries again.
      this.#epochs.refresh(reading, epochs[0]?.id).catch(() => undefined);
      return { outcome: "counted" };
    }
    throw new Error("The epochs of marks change all the time");
  }

  async #tryToCount(view: View, epochs: MarkEpoch[]) {
    const { viewer, client, network } = view;
    const { redis, keys, limits } = this.dependencies;
    const { windowSeconds, perMinute, perNetwork } = limits;
    const target = `${normaliseType(view.targetType)}:${view.targetId}`;
    const newest = epochs[0]!;
    const capped = perNetwork > 0 ? network : undefined;
    const places = epochs.map((epoch) => placesOf(epoch, target, { viewer, network: capped }));
    const buckets = places.flatMap(({ mark, cap }, index) =>
      [mark, cap ?? mark].map(({ bucket }) => keys.marksOf(epochs[index]!.id, bucket)),
    );
    // Viewers may still have marks of the version before: epoch 1 began when this version was first started.
    const isNew = epochs.at(-1)?.id === 1;
    const former = isNew ? await this.#formerMarks.keysOf(target, viewer.name) : [];
    const limit = keys.rate(client === undefined ? "" : limitName(newest, client));
    return countScript.run(
      redis,
      [keys.marks, keys.overlay, keys.accepted, keys.totals, limit, ...buckets, ...former],
      [
        ...[target, newest.id, newest.end, fullAt(newest), windowSeconds * 1_000],
        ...[client === undefined ? 0 : perMinute, capped === undefined ? 0 : perNetwork],
        epochs.length,
        ...epochs.flatMap(({ start, tick }, index) => {
          const { mark, cap } = places[index]!;
          return [start, tick, mark.group, mark.print, cap?.group ?? "", cap?.print ?? ""];
        }),
      ],
    );
  }

  /** What Redis holds of these targets (at most a few hundred), all read at one moment. */
  async getPending(targets: string[]): Promise<PendingSnapshot> {
    const { redis, keys } = this.dependencies;
    const { overlay, batch, batchMembers, lastBatch } = keys;
    const [last, open, inOverlay, inBatch] = await readPending.run(
      redis,
      [overlay, batch, batchMembers, lastBatch],
      targets,
    );
    return {
      lastBatch: Number(last ?? 0),
      openBatch: open === null ? undefined : Number(open),
      targets: targets.map((_, index) => ({
        overlay: countedViews(Number(inOverlay[index] ?? 0)),
        batch: countedViews(Number(inBatch[index] ?? 0)),
      })),
    };
  }
}
