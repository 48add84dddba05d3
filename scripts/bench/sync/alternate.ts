import type { Stage } from "../stage";
import type { Contender } from "./contenders";
import { measureOnce, type SyncSample } from "./measure-sync";
import type { Kind } from "./tables";
import type { Topics } from "./topics";

/** Every round measures each contender once, and begins with another one. */
export async function alternate(
  stage: Stage,
  contenders: Contender[],
  kind: Kind,
  topics: Topics,
  rounds: number,
): Promise<Map<Contender, SyncSample[]>> {
  const samples = new Map<Contender, SyncSample[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const turn of contenders.keys()) {
      const contender = contenders[(round + turn) % contenders.length]!;
      samples.get(contender)?.push(await measureOnce(stage, contender, kind, topics));
    }
  }
  return samples;
}
