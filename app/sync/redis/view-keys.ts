/**
 * The Redis keys of one DAO. They share a hash tag, so that scripts over several of them run on Redis
 * Cluster, and they carry the DAO, so that deployments can share a server.
 */
export function viewKeys(daoSlug: string) {
  const prefix = `fv:{${daoSlug}}:`;
  return {
    /** ZSET target → views counted and not yet claimed by a sync. */
    overlay: `${prefix}overlay`,
    /**
     * HASH of the open batch: `id`, `openedAt` and `since` (Unix milliseconds: when it was opened, and when its
     * first view was counted), `views`.
     */
    batch: `${prefix}batch`,
    /** ZSET, the overlay that became the open batch. It never changes. */
    batchMembers: `${prefix}batch:members`,
    /** The highest batch id given out. */
    lastBatch: `${prefix}lastBatch`,
    /** Views counted since the books were opened. */
    accepted: `${prefix}accepted`,
    /**
     * HASH of running sums, kept by every script that moves views, so that totals never need a scan: `overlay`,
     * and `since` (Unix milliseconds of the first view in the overlay).
     */
    totals: `${prefix}totals`,
    /** HASH of the epochs of marks: `current`, the id of the newest, and `epochs`, all of them in JSON. */
    marks: `${prefix}marks`,
    /** HASH group → marks of viewers who were counted, and of their networks. */
    marksOf: (epoch: number, bucket: number) => `${prefix}m:${epoch}:${bucket}`,
    /** Requests of a client in the current minute. */
    rate: (client: string) => `${prefix}rate:${client}`,
    /** Of the version before: marks a viewer of a target as counted, with an expiry. */
    seen: (target: string, viewer: string) => `${prefix}seen:${target}:${viewer}`,
    /** Of the version before: the secret of a UTC day under which anonymous viewers are hashed. */
    salt: (day: string) => `${prefix}salt:${day}`,
    /** Of the version before: ZSET target → views that it had set aside. */
    parked: `${prefix}parked`,
    /** Of the version before: ZSET target → views that a discard took out, and a key that says that it is done. */
    discard: (id: string) => `${prefix}discard:${id}`,
    discardDone: (id: string) => `${prefix}discardDone:${id}`,
    /** Where a value of the wrong type that stood at the overlay's key was moved. */
    quarantine: `${prefix}quarantine`,
    /** Precedes the keys that limit how often passwords can be guessed. */
    loginPrefix: `${prefix}login`,
  };
}

export type ViewKeys = ReturnType<typeof viewKeys>;
