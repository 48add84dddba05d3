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

/** Too many attempts. `retryAfter` in seconds. */
export interface Limited {
  kind: "limited";
  retryAfter: number;
}

export type Admission =
  | {
      kind: "admitted";
      /** The password was right: forgives this client's failures on the account. */
      succeeded(): Promise<void>;
      /** The password was not checked: gives the attempt back. */
      withdraw(): Promise<void>;
    }
  | Limited;

/**
 * Limits how often passwords can be guessed. An attempt counts as a failure before the password is checked,
 * and is given back if it was right, so that a thousand attempts at once count as a thousand. Kept in Redis,
 * so that restarts change nothing and all instances count together.
 */
export class LoginLimits {
  readonly #pair: RateLimiterRedis;
  readonly #client: RateLimiterRedis;
  readonly #account: RateLimiterRedis;
  readonly #turn: RateLimiterRedis;
  /** In this process, for when Redis is full: people have to be able to sign in and see that it is. */
  readonly #clientHere = new RateLimiterMemory({ points: PAIR_FAILURES, duration: QUARTER_HOUR });

  readonly #dependencies: { redis: RedisClient; keyPrefix: string; secret: string };

  constructor(dependencies: { redis: RedisClient; keyPrefix: string; secret: string }) {
    const { redis, keyPrefix } = dependencies;
    this.#dependencies = dependencies;
    const limiter = (name: string, points: number, duration: number) =>
      new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `${keyPrefix}:${name}`,
        points,
        duration,
      });
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
  async admitClient(ip: string | undefined): Promise<Limited | undefined> {
    const refusal = await consume(this.#client, this.#name("client", networkOf(ip)));
    return refusal && limited(refusal);
  }

  async forgiveClient(ip: string | undefined): Promise<void> {
    await settle([this.#client.reward(this.#name("client", networkOf(ip)))]);
  }

  async #admitHere({ ip }: LoginAttempt): Promise<Admission> {
    const client = this.#name("client", networkOf(ip));
    const refusal = await consume(this.#clientHere, client);
    if (refusal) return limited(refusal);
    const giveBack = async () => void (await this.#clientHere.reward(client));
    return { kind: "admitted", succeeded: giveBack, withdraw: giveBack };
  }

  async #admitByRedis({ email, ip }: LoginAttempt): Promise<Admission> {
    const account = this.#name("account", email);
    const client = this.#name("client", networkOf(ip));
    const pair = this.#name("pair", `${email}\n${networkOf(ip)}`);

    // Read before anything is written, so that a refused client cannot fill Redis with names.
    const failures = await onRedis(() => this.#client.get(client));
    if (failures && failures.consumedPoints >= CLIENT_FAILURES) return limited(failures);
    const byPair = await consume(this.#pair, pair);
    if (byPair) return limited(byPair);
    const byClient = await consume(this.#client, client);
    if (byClient) return limited(byClient);
    const { redis, keyPrefix } = this.#dependencies;
    const known = `${keyPrefix}:known:${pair}`;
    const isKnown = (await onRedis(() => redis.exists(known))) === 1;
    // Else anybody who knows an address could lock its owner out.
    const byAccount = isKnown ? undefined : await this.#consumeAccount(account);
    if (byAccount) return limited(byAccount);
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
          redis.set(known, "1", "EX", KNOWN_SECONDS),
        ]),
      withdraw: () => settle([...giveBack(), this.#pair.reward(pair)]),
    };
  }

  /** Like `consume`; one attempt after each wait may go on. */
  async #consumeAccount(account: string): Promise<RateLimiterRes | undefined> {
    const tooMany = await consume(this.#account, account);
    if (!tooMany) return undefined;
    const failuresTooMany = tooMany.consumedPoints - ACCOUNT_FAILURES;
    const customDuration = Math.min(FIRST_WAIT * 2 ** (failuresTooMany - 1), LONGEST_WAIT);
    const refusal = await consume(this.#turn, account, customDuration);
    // A refused attempt must not lengthen the next wait.
    if (refusal) await onRedis(() => this.#account.reward(account));
    return refusal;
  }

  /** Hashed, so that nobody who can read Redis learns who tried to sign in. */
  #name(kind: string, text: string): string {
    const keyed = createHmac("sha256", this.#dependencies.secret).update(`login ${kind}\n${text}`);
    return keyed.digest("base64url").slice(0, 22);
  }
}

/** Counts an attempt. What the limiter says where it refuses it. */
async function consume(
  limiter: RateLimiterRedis | RateLimiterMemory,
  key: string,
  customDuration?: number,
): Promise<RateLimiterRes | undefined> {
  try {
    await limiter.consume(key, 1, customDuration === undefined ? {} : { customDuration });
    return undefined;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return refusal;
    throw redisError(refusal);
  }
}

async function settle(writes: Array<Promise<unknown>>): Promise<void> {
  await onRedis(() => Promise.all(writes));
}

function limited({ msBeforeNext }: RateLimiterRes): Limited {
  return { kind: "limited", retryAfter: Math.max(1, Math.ceil(msBeforeNext / 1_000)) };
}
