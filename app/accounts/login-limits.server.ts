import { createHmac } from "node:crypto";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { isRedisFull, onRedis, redisError } from "~/platform/dependency-error.server";
import type { RedisClient } from "~/platform/redis-script.server";
import { networkOf } from "~/lib/network-address";

/** Failures that a client may have on one account, and on all accounts, in a quarter of an hour. */
const PAIR_FAILURES = 5;
const CLIENT_FAILURES = 20;
const QUARTER_HOUR = 15 * 60;

/** Failures on one account, by any number of clients, in a day. After that attempts have to wait. */
const ACCOUNT_FAILURES = 50;
const DAY = 24 * 3_600;
/** Seconds between those attempts: doubled with each failure, up to the longest wait. */
const FIRST_WAIT = 60;
const LONGEST_WAIT = 4 * 3_600;

/** Seconds for which a client that signed in to an account is not affected by failures of other clients. */
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
      /** The password was not checked: gives the attempt back. */
      withdraw(): Promise<void>;
    }
  /** `retryAfter` in seconds. */
  | { kind: "refused"; retryAfter: number };

/**
 * Limits how often passwords can be guessed. An attempt counts as a failure before the password is checked,
 * and is given back if it was right, so that a thousand attempts at once count as a thousand. Kept in Redis,
 * so that restarts change nothing and all instances count together.
 */
export class LoginLimits {
  readonly #redis: RedisClient;
  readonly #secret: string;
  readonly #knownPrefix: string;
  readonly #pair: RateLimiterRedis;
  readonly #client: RateLimiterRedis;
  readonly #account: RateLimiterRedis;
  readonly #turn: RateLimiterRedis;
  /** In this process, for when Redis is full: people have to be able to sign in and see that it is. */
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

  /** While Redis is full, this process counts on its own. @throws DependencyError when Redis is away */
  async admit(attempt: LoginAttempt): Promise<Admission> {
    try {
      return await this.#admitByRedis(attempt);
    } catch (error) {
      if (!isRedisFull(error)) throw error;
      return this.#admitHere(attempt);
    }
  }

  /**
   * For ways to sign in by which nothing can be guessed: each attempt counts as a failure of the client until
   * `forgiveClient` says that it has succeeded. Accounts are not limited, so nobody can lock others out.
   * @throws DependencyError
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

    // Read before anything is written, so that a refused client cannot fill Redis with names.
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
    // A refused attempt must not lengthen the next wait.
    await onRedis(() => this.#account.reward(account));
    return secondsToWait(turn.result);
  }

  /** Hashed, so that nobody who can read Redis learns who tried to sign in. */
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
