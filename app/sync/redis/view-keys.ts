/**
 * The Redis keys of one DAO. They share a hash tag, so that scripts over several of them run on Redis
 * Cluster, and they carry the DAO, so that deployments can share a server.
 */
export interface ViewKeys {
  /** ZSET target → views counted and not yet claimed by a sync. */
  overlay: string;
  /**
   * HASH of the open batch: `id`, `owner` (run id), `openedAt` and `since` (Unix milliseconds: when it
   * was claimed, and when its first view was counted), `views` (claimed), `returned` (given back to
   * the overlay or parked), `chosen` (`overlay` or `parked` when its
   * targets were picked, and from where).
   */
  batch: string;
  /** ZSET, the claimed overlay of the batch with this id. */
  batchMembers: (id: number) => string;
  /** What precedes the batch id in `batchMembers`, for scripts that choose the id. */
  batchMembersPrefix: string;
  /** ZSET target → views set aside after too many failures. */
  parked: string;
  /** The highest batch id given out. */
  lastBatch: string;
  /** Views counted since the books were opened. */
  accepted: string;
  /**
   * HASH of running sums, kept by every script that moves views, so that totals never need a scan:
   * `overlay`, `parked`, `discard:<id>` (taken out and not yet booked), `since` (Unix milliseconds
   * of the first view in the overlay).
   */
  totals: string;
  /** Marks a viewer of a target as counted, with an expiry. */
  seen: (target: string, viewer: string) => string;
  /** The secret of a UTC day under which anonymous viewers are hashed. */
  salt: (day: string) => string;
  /** ZSET target → views that an admin's discard took out. */
  discard: (id: string) => string;
  /** Marks a discard as done, with an expiry. */
  discardDone: (id: string) => string;
  /** Where a value of the wrong type that stood at the overlay's key was moved. */
  quarantine: string;
  rateLimitPrefix: string;
  /** Precedes the keys that limit how often passwords can be guessed. */
  loginPrefix: string;
}

export function viewKeys(daoSlug: string): ViewKeys {
  const prefix = `fv:{${daoSlug}}:`;
  return {
    overlay: `${prefix}overlay`,
    batch: `${prefix}batch`,
    batchMembers: (id) => `${prefix}batch:${id}`,
    batchMembersPrefix: `${prefix}batch:`,
    parked: `${prefix}parked`,
    lastBatch: `${prefix}lastBatch`,
    accepted: `${prefix}accepted`,
    totals: `${prefix}totals`,
    seen: (target, viewer) => `${prefix}seen:${target}:${viewer}`,
    salt: (day) => `${prefix}salt:${day}`,
    discard: (id) => `${prefix}discard:${id}`,
    discardDone: (id) => `${prefix}discardDone:${id}`,
    quarantine: `${prefix}quarantine`,
    rateLimitPrefix: `${prefix}rate`,
    loginPrefix: `${prefix}login`,
  };
}
