import { createHmac } from "node:crypto";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { isRedisFull, onRedis, redisError } from "~/platform/dependency-error.server";
import type { RedisClient } from "~/platform/redis-script.server";
import { networkOf } from "~/lib/network-address";

/** Failures by one client on one account, and by one client on any account, in a quarter of an hour. */
const PAIR_FAILURES = 5;
const CLIENT_FAILURES = 20;
const QUARTER_HOUR = 15 * 60;

/** Failures on one account, by however many clients, in a day; after that one attempt at a time. */
const ACCOUNT_FAILURES = 50;
const DAY = 24 * 3_600;
/** Seconds between those: doubled with each failure, up to the longest. */
const FIRST_WAIT = 60;
const LONGEST_WAIT = 4 * 3_600;

/** Seconds for which a client that signed in to an account is spared what other clients cause. */
const KNOWN_SECONDS = 30 * DAY;

export interface LoginAttempt {
  /** Normalised. */
  email: string;
  /** As `normaliseAddress` returns it. */
  ip: string | undefined;
}

export type Admission =
  | {
      kind: "admitted";
      /** The password was right: forgives this client's failures on the account. */
      succeeded(): Promise<void>;
      /** The password was never looked at: gives back what the attempt has used up. */
      withdraw(): Promise<void>;
    }
  /** `retryAfter` in seconds. */
  | { kind: "refused"; retryAfter: number };

/**
 * Bounds how often passwords can be guessed. An attempt is counted as a failure before the password is
 * looked at, and given back when it was right, so that a thousand attempts at once are a thousand. Kept
 * in Redis: a restart changes nothing, and all instances count together.
 */
export class LoginLimits {
  readonly #redis: RedisClient;
  readonly #secret: string;
  readonly #knownPrefix: string;
  readonly #pair: RateLimiterRedis;
  readonly #client: RateLimiterRedis;
  readonly #account: RateLimiterRedis;
  readonly #turn: RateLimiterRedis;
  /** Of this process, for when Redis is full: somebody has to be able to sign in and see that it is. */
  readonly #clientHere = new RateLimiterMemory({ points: PAIR_FAILURES, duration: QUARTER_HOUR });

  constructor(dependencies: { redis: RedisClient; keyPrefix: string; secret: string }) {
    const { redis, keyPrefix, secret } = dependencies;
    const limiter = (name: string, points: number, duration: number) =>
      new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `${keyPrefix}:${name}`,
        points,
        duration,
      });
    this.#redis = redis;
    this.#secret = secret;
    this.#knownPrefix = `${keyPrefix}:known`;
    this.#pair = limiter("pair", PAIR_FAILURES, QUARTER_HOUR);
    this.#client = limiter("client", CLIENT_FAILURES, QUARTER_HOUR);
    this.#account = limiter("account", ACCOUNT_FAILURES, DAY);
    this.#turn = limiter("turn", 1, FIRST_WAIT);
  }

  /** @throws DependencyError when Redis is away; while it is full, this process counts by itself */
  async admit(attempt: LoginAttempt): Promise<Admission> {
    try {
      return await this.#admitByRedis(attempt);
    } catch (error) {
      if (!isRedisFull(error)) throw error;
      return this.#admitHere(attempt);
    }
  }

  /**
   * For a door at which nothing can be guessed: each sign-in that is begun counts for the client as a failure, until
   * `forgiveClient` says that it has succeeded. Others cannot use up what an account may. @throws DependencyError
   */
  async admitClient(ip: string | undefined): Promise<{ retryAfter: number } | undefined> {
    const byClient = await consume(this.#client, this.#name("client", networkOf(ip)));
    return byClient.isAdmitted ? undefined : { retryAfter: secondsToWait(byClient.result) };
  }

  async forgiveClient(ip: string | undefined): Promise<void> {
    await settle([this.#client.reward(this.#name("client", networkOf(ip)))]);
  }

  async #admitHere({ ip }: LoginAttempt): Promise<Admission> {
    const client = this.#name("client", networkOf(ip));
    const here = await consume(this.#clientHere, client);
    if (!here.isAdmitted) return refused(here);
    const giveBack = async () => void (await this.#clientHere.reward(client));
    return { kind: "admitted", succeeded: giveBack, withdraw: giveBack };
  }

  async #admitByRedis({ email, ip }: LoginAttempt): Promise<Admission> {
    const account = this.#name("account", email);
    const client = this.#name("client", networkOf(ip));
    const pair = this.#name("pair", `${email}\n${networkOf(ip)}`);

    // Read before anything is written: a client that is refused must not fill Redis with names.
    const failures = await onRedis(() => this.#client.get(client));
    if (failures && failures.consumedPoints >= CLIENT_FAILURES) {
      return { kind: "refused", retryAfter: secondsToWait(failures) };
    }
    const byPair = await consume(this.#pair, pair);
    if (!byPair.isAdmitted) return refused(byPair);
    const byClient = await consume(this.#client, client);
    if (!byClient.isAdmitted) return refused(byClient);
    const known = `${this.#knownPrefix}:${pair}`;
    const isKnown = (await onRedis(() => this.#redis.exists(known))) === 1;
    // Else anybody who knows an address could lock its owner out.
    const wait = isKnown ? undefined : await this.#admitToAccount(account);
    if (wait !== undefined) return { kind: "refused", retryAfter: wait };
    const giveBack = () => [
      this.#client.reward(client),
      ...(isKnown ? [] : [this.#account.reward(account)]),
    ];
    return {
      kind: "admitted",
      succeeded: () =>
        settle([
          ...giveBack(),
          this.#pair.delete(pair),
          this.#redis.set(known, "1", "EX", KNOWN_SECONDS),
        ]),
      withdraw: () => settle([...giveBack(), this.#pair.reward(pair)]),
    };
  }

  /** Seconds to wait, or undefined when the attempt may go on. */
  async #admitToAccount(account: string): Promise<number | undefined> {
    const { isAdmitted, result } = await consume(this.#account, account);
    if (isAdmitted) return undefined;
    const failuresTooMany = result.consumedPoints - ACCOUNT_FAILURES;
    const customDuration = Math.min(FIRST_WAIT * 2 ** (failuresTooMany - 1), LONGEST_WAIT);
    const turn = await consume(this.#turn, account, customDuration);
    if (turn.isAdmitted) return undefined;
    // An attempt that was not made must not make the next wait longer.
    await onRedis(() => this.#account.reward(account));
    return secondsToWait(turn.result);
  }

  /** Who tried to sign in is nobody's business who can read Redis. */
  #name(kind: string, text: string): string {
    const keyed = createHmac("sha256", this.#secret).update(`login ${kind}\n${text}`);
    return keyed.digest("base64url").slice(0, 22);
  }
}

interface Consumption {
  isAdmitted: boolean;
  result: RateLimiterRes;
}

async function consume(
  limiter: RateLimiterRedis | RateLimiterMemory,
  key: string,
  customDuration?: number,
): Promise<Consumption> {
  try {
    const options = customDuration === undefined ? {} : { customDuration };
    return { isAdmitted: true, result: await limiter.consume(key, 1, options) };
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return { isAdmitted: false, result: refusal };
    throw redisError(refusal);
  }
}

async function settle(writes: Array<Promise<unknown>>): Promise<void> {
  await onRedis(() => Promise.all(writes));
}

function refused({ result }: Consumption): Admission {
  return { kind: "refused", retryAfter: secondsToWait(result) };
}

function secondsToWait({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1_000));
}
