import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { SetupError } from "../local/setup-error";
import type { View } from "./topics-and-visitors";

export interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

export type ViewOutcome = "counted" | "duplicate" | "bot" | "refused";

/** What the sync endpoint answers. */
export interface SyncAnswer {
  success: boolean;
  message?: string;
  error?: string;
  summary?: { total: number; flushed: number; failed: number };
}

const connections = 32;
const answerSeconds = 120;
const patienceWithOtherRunSeconds = 90;
const longestPauseSeconds = 2;

/** The demo's side of the HTTP API: the forum's pages, and the cron. */
export class ApiClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: connections });

  constructor(
    private readonly origin: string,
    private readonly cronSecret: string,
  ) {}

  async isReady(): Promise<boolean> {
    try {
      return (await this.#send("GET", "/readyz", {})).status === 200;
    } catch {
      return false;
    }
  }

  /** @throws when the outcome is unknown */
  async countView({ topicId, visitor }: View): Promise<ViewOutcome> {
    const headers = {
      "content-type": "application/json",
      "user-agent": visitor.userAgent,
      "x-forwarded-for": visitor.ip,
    };
    const content = visitor.address ? JSON.stringify({ address: visitor.address }) : "";
    const path = `/api/v1/forum/topics/${topicId}/views`;
    const { status, body } = await this.#send("POST", path, headers, content);
    if (status === 429 || status === 503) return "refused";
    if (status !== 200) throw new Error(`POST ${path} answered ${status}: ${body}`);
    const answer = JSON.parse(body) as { counted: boolean; reason?: "duplicate" | "bot" };
    return answer.counted ? "counted" : (answer.reason ?? "refused");
  }

  /** Calls the sync as a cron does. A run of a killed demo holds the lock until its lease ends: it is waited for. */
  async sync(): Promise<SyncAnswer> {
    const deadline = performance.now() + patienceWithOtherRunSeconds * 1000;
    const headers = { authorization: `Bearer ${this.cronSecret}` };
    for (;;) {
      const answer = await this.#send("POST", "/api/v1/forum/sync-views", headers);
      if (answer.status !== 409) return parseSyncAnswer(answer);
      if (performance.now() > deadline) throw new SetupError("Another sync is running and goes on");
      const wished = Number(answer.headers["retry-after"] ?? 1);
      await pause(1000 * Math.min(wished, longestPauseSeconds));
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(
    method: string,
    path: string,
    headers: Record<string, string>,
    content = "",
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        new URL(path, this.origin),
        {
          method,
          agent: this.#agent,
          headers: { ...headers, "content-length": Buffer.byteLength(content) },
          timeout: answerSeconds * 1000,
        },
        (incoming) => {
          let body = "";
          incoming.setEncoding("utf8");
          incoming.on("data", (text: string) => (body += text));
          incoming.on("end", () =>
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
          );
          incoming.on("error", reject);
        },
      );
      outgoing.on("timeout", () => outgoing.destroy(new Error(`${path} gave no answer in time`)));
      outgoing.on("error", reject);
      outgoing.end(content);
    });
  }
}

function parseSyncAnswer({ status, body }: Answer): SyncAnswer {
  try {
    return JSON.parse(body) as SyncAnswer;
  } catch {
    throw new Error(`The sync answered ${status}: ${body.slice(0, 500)}`);
  }
}
