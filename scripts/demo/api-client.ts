import { setTimeout as pause } from "node:timers/promises";
import { SetupError } from "../local/setup-error";
import type { View } from "./topics-and-visitors";

type ViewOutcome = "counted" | "duplicate" | "bot" | "refused";

/** What the sync endpoint answers. */
export interface SyncAnswer {
  success: boolean;
  message?: string;
  error?: string;
  summary?: { total: number; flushed: number; failed: number };
}

const ANSWER_TIMEOUT_MS = 120_000;
const otherRunTimeoutSeconds = 90;
const longestPauseSeconds = 2;

/** The demo's side of the HTTP API: the forum's pages, and the cron. */
export class ApiClient {
  constructor(
    private readonly origin: string,
    private readonly cronSecret: string,
  ) {}

  isReady(): Promise<boolean> {
    return this.#send("/readyz", { method: "GET" }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** @throws when it is not known whether the view was counted */
  async countView({ topicId, visitor }: View): Promise<ViewOutcome> {
    const { userAgent, ip, address } = visitor;
    const path = `/api/v1/forum/topics/${topicId}/views`;
    const { status, body } = await this.#send(path, {
      headers: {
        ...{ "content-type": "application/json", "user-agent": userAgent },
        "x-forwarded-for": ip,
      },
      body: address ? JSON.stringify({ address }) : null,
    });
    if (status === 429 || status === 503) return "refused";
    if (status !== 200) throw new Error(`POST ${path} answered ${status}: ${body}`);
    const answer = JSON.parse(body) as { counted: boolean; reason?: "duplicate" | "bot" };
    return answer.counted ? "counted" : (answer.reason ?? "refused");
  }

  /** Calls the sync as a cron does. Waits for the lease of a run that a killed demo has left. */
  async sync(): Promise<SyncAnswer> {
    const deadline = performance.now() + otherRunTimeoutSeconds * 1000;
    const headers = { authorization: `Bearer ${this.cronSecret}` };
    for (;;) {
      const answer = await this.#send("/api/v1/forum/sync-views", { headers });
      if (answer.status !== 409) return parseSyncAnswer(answer);
      if (performance.now() > deadline) throw new SetupError("Another sync is running and goes on");
      const wished = Number(answer.headers.get("retry-after") ?? 1);
      await pause(1000 * Math.min(wished, longestPauseSeconds));
    }
  }

  async #send(path: string, init: RequestInit) {
    const response = await fetch(new URL(path, this.origin), {
      method: "POST",
      ...init,
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const { ok, status, headers } = response;
    return { ok, status, headers, body: await response.text() };
  }
}

function parseSyncAnswer({ status, body }: { status: number; body: string }): SyncAnswer {
  try {
    return JSON.parse(body) as SyncAnswer;
  } catch {
    throw new Error(`The sync answered ${status}: ${body.slice(0, 500)}`);
  }
}
