import type { Logger } from "pino";
import type { Findings } from "./alert";
import type { AlertStore, ClaimedMessage } from "./alert-store.server";
import type { WebhookSender } from "./webhook-sender.server";

/** The longest time, in seconds, between two attempts. */
const LONGEST_WAIT_SECONDS = 3_600;
/** Attempts after which a message that is refused is given up: with the defaults, about four hours. */
const MOST_REFUSALS = 10;
/**
 * Seconds in which no process begins another check unless a run has ended, since that would void the earlier.
 */
const CHECK_SECONDS = 5;
/** Milliseconds for which a process that has to end still begins to send messages. */
const STOP_GRACE_MS = 2_000;

interface WatcherDependencies {
  store: AlertStore;
  sender: WebhookSender;
  readFindings: () => Promise<Findings>;
  /** Stores a summary to be sent if one is due; undefined if none is wanted. */
  summarise: (() => Promise<void>) | undefined;
  /** Seconds between two looks of this process. */
  interval: number;
  logger: Logger;
}

/**
 * Checks at an interval, and after each run, whether something is wrong, and sends one message when a problem
 * begins and one when it is over. All processes of a DAO do so, and PostgreSQL decides which of them sends a
 * message. It runs in the background, and never throws.
 */
export class AlertWatcher {
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #isCheckWanted = false;
  #stoppedAt: number | undefined;
  #isFailing = false;

  constructor(private readonly dependencies: WatcherDependencies) {}

  /** Begins now, and again at every interval. */
  start(): void {
    this.#timer = setInterval(() => this.#begin(), this.dependencies.interval * 1_000).unref();
    this.#begin();
  }

  /** To be called when something has changed that may begin or end an alert. */
  checkSoon(): void {
    this.#isCheckWanted = true;
    this.#begin();
  }

  /** Waits for the check in progress, and for the message that is being sent. */
  async stop(): Promise<void> {
    this.#stoppedAt ??= performance.now();
    clearInterval(this.#timer);
    await this.#round;
  }

  #begin(): void {
    if (this.#round || this.#stoppedAt !== undefined) return;
    this.#round = this.#run().finally(() => {
      this.#round = undefined;
      if (this.#isCheckWanted) this.#begin();
    });
  }

  async #run(): Promise<void> {
    const { logger, interval } = this.dependencies;
    // Half the interval, because the other processes check as often, and clocks are not exact.
    const since = this.#isCheckWanted ? 0 : Math.max(interval / 2, CHECK_SECONDS);
    this.#isCheckWanted = false;
    try {
      await this.#check(since);
      await this.#deliver();
      if (this.#isFailing) logger.info("Alerts are checked again");
      this.#isFailing = false;
    } catch (error) {
      // Logged once for each outage.
      if (!this.#isFailing) logger.warn({ err: error }, "Alerts cannot be checked");
      this.#isFailing = true;
    }
  }

  async #check(since: number): Promise<void> {
    const { store, readFindings, summarise, logger } = this.dependencies;
    const check = await store.beginCheck(since);
    if (check === undefined) return;
    for (const { kind, state } of await store.settleCheck(check, await readFindings())) {
      if (state === "firing") logger.warn({ alert: kind }, "An alert began");
      else logger.info({ alert: kind }, "An alert is over");
    }
    await summarise?.();
  }

  /** Sends everything that is due, up to the first failure: the next message would probably fail, too. */
  async #deliver(): Promise<void> {
    do {
      const claimed = await this.dependencies.store.claim();
      if (!claimed || !(await this.#send(claimed))) return;
    } while (this.#stoppedAt === undefined || performance.now() < this.#stoppedAt + STOP_GRACE_MS);
  }

  async #send(claimed: ClaimedMessage): Promise<boolean> {
    const { store, sender, logger, interval } = this.dependencies;
    const { kind, state } = claimed.message;
    const about = { alert: kind, state, attempt: claimed.attempt, host: sender.host };
    const delivery = await sender.send(claimed.message);
    if (delivery.delivered) {
      await store.markSent(claimed);
      logger.info(about, "Alert sent");
      return true;
    }
    if (delivery.isRefused && claimed.attempt >= MOST_REFUSALS) {
      logger.error({ ...about, reason: delivery.reason }, "An alert is refused; it is given up");
      await store.giveUp(claimed);
      return false;
    }
    const backoff = interval * 2 ** (claimed.attempt - 1);
    const wait = Math.min(LONGEST_WAIT_SECONDS, Math.max(backoff, delivery.retryAfter ?? 0));
    logger.warn(
      { ...about, reason: delivery.reason, againInSeconds: wait },
      "An alert could not be sent; it is tried again",
    );
    await store.postpone(claimed, wait);
    return false;
  }
}
