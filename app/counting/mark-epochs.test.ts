import { describe, expect, it } from "vitest";
import { fullAt, placesOf, withNextEpoch, type EpochFacts, type MarkEpoch } from "./mark-epochs";

const DAY = 86_400_000;
const noon = Date.UTC(2026, 10, 27, 12);

function next(facts: Partial<EpochFacts>): MarkEpoch[] {
  const usual = { epochs: [], now: noon, accepted: 0, windowSeconds: 86_400, secret: "secret" };
  return withNextEpoch({ ...usual, ...facts });
}

describe("an epoch", () => {
  it("ends with the UTC day where viewers count once in 24 hours", () => {
    const [first] = next({});
    expect(first).toMatchObject({ id: 1, start: noon, end: Date.UTC(2026, 10, 28) });
  });

  it("is kept until no mark of it can hold, however long viewers count once", () => {
    for (const windowSeconds of [1, 600, 86_400, 604_800, 31_536_000]) {
      let epochs = next({ windowSeconds });
      for (let opened = 0; opened < 8; opened += 1) {
        const now = epochs[0]!.end + 1_000;
        epochs = next({ epochs, now, windowSeconds });
        const oldest = epochs.at(-1)!;
        expect(oldest.end + windowSeconds * 1_000).toBeGreaterThan(now);
        expect(epochs.length).toBeLessThanOrEqual(7);
      }
    }
  });

  it("has times of three bytes that are at most half a second apart", () => {
    for (const windowSeconds of [1, 86_400, 31_536_000]) {
      const [{ start, end, tick }] = next({ now: 0, windowSeconds }) as [MarkEpoch];
      expect((end - start) / tick).toBeLessThanOrEqual(2 ** 24);
      expect(tick).toBeLessThanOrEqual(500);
    }
  });

  it("has buckets for as many views as the day before had", () => {
    const epochs = next({});
    const now = epochs[0]!.end;
    const few = next({ epochs, now, accepted: 100 });
    const many = next({ epochs, now, accepted: 5_000_000 });
    expect(few[0]?.buckets).toBe(epochs[0]?.buckets);
    // Five million views were accepted in half a day.
    expect(fullAt(many[0]!) - 5_000_000).toBeGreaterThan(10_000_000);
    expect(fullAt(many[0]!) - 5_000_000).toBeLessThan(25_000_000);
  });

  it("that was outgrown is followed by a larger one", () => {
    const epochs = next({});
    const after = next({ epochs, now: noon + 1_000, accepted: fullAt(epochs[0]!) });
    expect(after[0]).toMatchObject({ id: 2, buckets: 4 * epochs[0]!.buckets, start: noon + 1_000 });
    expect(after[1]).toMatchObject({ id: 1, end: noon + 1_000 });
    // The next day, the views of both epochs count.
    const [tomorrow] = next({ epochs: after, now: noon + DAY / 2, accepted: 1_500_000 });
    expect(tomorrow!.buckets).toBeGreaterThan(after[0]!.buckets);
  });
});

describe("places", () => {
  const [epoch] = next({}) as [MarkEpoch];
  const target = "forum_topic:1";
  const network = "203.0.113.7";

  it("of an anonymous viewer are in the bucket of the network, those of a wallet in its own", () => {
    const anonymous = { name: "ip:203.0.113.7\nA browser", network };
    const { mark, cap } = placesOf(epoch, target, { viewer: anonymous, network });
    expect(mark.bucket).toBe(cap?.bucket);
    expect(mark.group).not.toBe(cap?.group);
    const wallet = { name: "user:0x1" };
    const places = [network, "203.0.113.8"].map((from) =>
      placesOf(epoch, target, { viewer: wallet, network: from }),
    );
    expect(places[0]!.mark).toEqual(places[1]!.mark);
    expect(places[0]!.cap).not.toEqual(places[1]!.cap);
  });

  it("have prints of single bytes, others for each secret", () => {
    const viewer = { name: "user:0x1" };
    const of = (secret: string) => placesOf({ ...epoch, secret }, target, { viewer, network });
    expect(of("one")).not.toEqual(of("another"));
    for (const { print } of [of("one").mark, of("one").cap!]) {
      expect(Buffer.byteLength(print)).toBe(print.length);
    }
  });
});
