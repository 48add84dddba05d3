/**
 * The Redis keys of one DAO. They share a hash tag, so that scripts over several of them run on Redis
 * Cluster, and they carry the DAO, so that deployments can share a server.
 */
export interface ViewKeys {
  /** ZSET target → views counted and not yet claimed by a sync. */
  overlay: string;
  /**
   * HASH of the open batch: `id`, `openedAt` and `since` (Unix milliseconds: when it was opened, and when its first
   * view was counted), `views`.
   */
  batch: string;
  /** ZSET, the overlay that became the open batch. It never changes. */
  batchMembers: string;
  /** The highest batch id given out. */
  lastBatch: string;
  /** Views counted since the books were opened. */
  accepted: string;
  /**
   * HASH of running sums, kept by every script that moves views, so that totals never need a scan: `overlay`, and
   * `since` (Unix milliseconds of the first view in the overlay).
   */
  totals: string;
  /** HASH of the epochs of marks: `current`, the id of the newest, and `epochs`, all of them in JSON. */
  marks: string;
  /** HASH group → marks of viewers who were counted, and of their networks. */
  marksOf: (epoch: number, bucket: number) => string;
  /** Requests of a client in the current minute. */
  rate: (client: string) => string;
  /** Of the version before: marks a viewer of a target as counted, with an expiry. */
  seen: (target: string, viewer: string) => string;
  /** Of the version before: the secret of a UTC day under which anonymous viewers are hashed. */
  salt: (day: string) => string;
  /** Of the version before: ZSET target → views that it had set aside. */
  parked: string;
  /** Of the version before: ZSET target → views that a discard took out, and a key that says that it is done. */
  discard: (id: string) => string;
  discardDone: (id: string) => string;
  /** Where a value of the wrong type that stood at the overlay's key was moved. */
  quarantine: string;
  /** Precedes the keys that limit how often passwords can be guessed. */
  loginPrefix: string;
}

export function viewKeys(daoSlug: string): ViewKeys {
  const prefix = `fv:{${daoSlug}}:`;
  return {
    overlay: `${prefix}overlay`,
    batch: `${prefix}batch`,
    batchMembers: `${prefix}batch:members`,
    parked: `${prefix}parked`,
    lastBatch: `${prefix}lastBatch`,
    accepted: `${prefix}accepted`,
    totals: `${prefix}totals`,
    marks: `${prefix}marks`,
    marksOf: (epoch, bucket) => `${prefix}m:${epoch}:${bucket}`,
    rate: (client) => `${prefix}rate:${client}`,
    seen: (target, viewer) => `${prefix}seen:${target}:${viewer}`,
    salt: (day) => `${prefix}salt:${day}`,
    discard: (id) => `${prefix}discard:${id}`,
    discardDone: (id) => `${prefix}discardDone:${id}`,
    quarantine: `${prefix}quarantine`,
    loginPrefix: `${prefix}login`,
  };
}
