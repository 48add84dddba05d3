import { describe, expect, it } from "vitest";
import { BatchReader, chunkLength, type Chunk } from "./batch-reader";
import type { BatchMember, BatchStore, OpenedBatch } from "./ports";

/** A batch that is read by rank and shrinks from whatever is settled. */
function batchOf(members: BatchMember[]) {
  let left = members;
  const batches: Pick<BatchStore, "read"> = {
    read: (_batch, offset, count) => Promise.resolve(left.slice(offset, offset + count)),
  };
  const batch: OpenedBatch = {
    kind: "opened",
    id: 1,
    size: members.length,
    withParked: false,
    quarantined: false,
  };
  return {
    batches: batches as BatchStore,
    batch,
    settle: (chunk: Chunk) => {
      const settled = new Set(membersOf(chunk));
      left = left.filter(({ member }) => !settled.has(String(member)));
    },
  };
}

function membersOf({ applicable, aliases, malformed }: Chunk): string[] {
  return [
    ...applicable.map(({ target }) => target),
    ...aliases.map(({ member }) => member),
    ...malformed.map(({ member }) => String(member)),
  ];
}

/** Topics in an order that is not that of their ids, with one odd member in each ten. */
function members(count: number): BatchMember[] {
  return Array.from({ length: count }, (_, index) => {
    const id = (index * 7_919) % 1_000_003;
    const member =
      index % 10 === 3 ? `nonsense ${id}` : index % 10 === 7 ? `topic:${id}` : `forum_topic:${id}`;
    return { member, views: 1 };
  });
}

/** Reads as a run does: what was applied is settled, then it reads ahead, then comes the next chunk. */
async function drain(count: number, chunkSize: number): Promise<Chunk[]> {
  const { batches, batch, settle } = batchOf(members(count));
  const reader = new BatchReader(batches, batch, chunkSize);
  const chunks: Chunk[] = [];
  let unsettled: Chunk | undefined;
  for (let chunk = await reader.next(); chunk; chunk = await reader.next()) {
    chunks.push(chunk);
    if (unsettled) {
      settle(unsettled);
      reader.settled(chunkLength(unsettled));
    }
    await reader.readAhead();
    unsettled = chunk;
  }
  return chunks;
}

describe("BatchReader", () => {
  it.each([0, 1, 9, 10, 11, 137, 1_000])("reads each of %i members once", async (count) => {
    const read = (await drain(count, 10)).flatMap(membersOf);
    expect(read.sort()).toEqual(
      members(count)
        .map(({ member }) => String(member))
        .sort(),
    );
  });

  it("cuts chunks of at most the given size", async () => {
    const chunks = await drain(1_000, 10);
    const longest = chunks.map(({ applicable, aliases, malformed }) =>
      Math.max(applicable.length, aliases.length, malformed.length),
    );
    expect(Math.max(...longest)).toBe(10);
  });

  it("gives up a batch that holds more than was claimed", async () => {
    const { batches, batch } = batchOf(members(30));
    const reader = new BatchReader(batches, { ...batch, size: 29 }, 10);
    await expect(reader.next()).rejects.toThrow("taken over");
  });

  it("sorts more than a chunk at once, so that neighbouring rows are written together", async () => {
    const ids = (await drain(1_000, 10)).flatMap(({ applicable }) =>
      applicable.map(({ topicId }) => topicId),
    );
    const turns = ids.filter((id, index) => index > 0 && id < (ids[index - 1] ?? "")).length;
    expect(turns).toBeLessThan(ids.length / 10 / 3);
  });
});
