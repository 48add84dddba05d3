import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { sendView } from "../helpers/visitor";
import { Actors, type Forum } from "./actors";
import type { ViewAnswer } from "./view-log";

const SENDERS = 4;
/** Milliseconds until a sender gives up on an answer. */
const ANSWER_TIMEOUT_MS = 5_000;
/** Milliseconds before a sender's next view, and after one that was not counted: the server is away. */
const PAUSE_MS = 4;
const LONG_PAUSE_MS = 20;

/** Visitors over HTTP, with a new visitor for each view. */
export class Traffic {
  readonly problems: string[] = [];
  /** Views that were certainly not counted, as their senders know. */
  refused = 0;
  readonly #senders = new Actors(SENDERS, async () => {
    await pause((await this.#sendOne()) === "counted" ? PAUSE_MS : LONG_PAUSE_MS);
  });

  constructor(private readonly forum: Forum) {}

  start(): void {
    this.#senders.start();
  }

  /** Returns when every answer is there. */
  stop(): Promise<void> {
    return this.#senders.stop();
  }

  /** Sends so many views, and returns when each was answered. */
  async send(views: number): Promise<void> {
    for (let left = views; left > 0; left -= SENDERS) {
      await Promise.all(Array.from({ length: Math.min(left, SENDERS) }, () => this.#sendOne()));
    }
  }

  async #sendOne(): Promise<ViewAnswer> {
    const topicId = this.forum.random.pick(this.forum.topics);
    this.forum.log.sending(topicId);
    const answer = await this.#ask(topicId);
    this.forum.log.answered(topicId, answer);
    if (answer === "refused") this.refused += 1;
    return answer;
  }

  async #ask(topicId: string): Promise<ViewAnswer> {
    const address = `0x${randomBytes(20).toString("hex")}`;
    try {
      const response = await sendView(this.forum.origin(), topicId, {
        body: JSON.stringify({ address }),
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      const body = await response.text();
      // "Duplicate" means for a new visitor that an earlier copy of this very view was counted.
      if (response.status === 200) return "counted";
      if (response.status !== 503) this.problems.push(`A view: ${response.status} ${body}`);
      return refusedForCertain(body) ? "refused" : "unknown";
    } catch (error) {
      return isConnectionRefused(error) ? "refused" : "unknown";
    }
  }
}

/** Redis itself refused, so the script did not run. */
function refusedForCertain(body: string): boolean {
  return /"message":"Redis (error|is full)"/.test(body);
}

function isConnectionRefused(error: unknown): boolean {
  const cause =
    error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return cause?.code === "ECONNREFUSED";
}
