/** One way to bring pending views into PostgreSQL. */
export interface Contender {
  name: string;
  /** What is added to the name in the table: the best form that was found. */
  form?: string;
  /** Whether it writes the views by day, too. */
  withDaily: boolean;
  /** Prepares what the sync will find, outside the measured time. */
  prepare(topics: Topics): Promise<void> | void;
  /** What is measured. */
  sync(): Promise<void>;
  /** Fails the bench if anything but `topics` was moved. */
  verify?(topics: Topics): Promise<void>;
  /** The process whose memory is watched. */
  pid?: number;
}

/** The pending targets of one sync: the same for every contender and in every round. */
export interface Topics {
  /** `1` to `size`, as text, in the order in which PostgreSQL sorts them. */
  ids: string[];
  /** In the same order, 1 to 50 each. */
  views: number[];
}

export function makeTopics(size: number): Topics {
  const ids = Array.from({ length: size }, (_, index) => String(index + 1)).sort();
  return { ids, views: ids.map(viewsOf) };
}

/** Scattered, so that Redis's order by views says nothing about PostgreSQL's order by id. */
function viewsOf(id: string): number {
  return ((Math.imul(Number(id), 2_654_435_761) >>> 8) % 50) + 1;
}
