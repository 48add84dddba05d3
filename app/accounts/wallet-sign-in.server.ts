import { randomBytes } from "node:crypto";
import { z } from "zod";
import { onRedis } from "~/platform/dependency-error.server";
import type { RedisClient } from "~/platform/redis-script.server";
import { walletIdentity } from "./identities";
import type { LoginLimits } from "./login-limits.server";
import type { ClientOfSession, Sessions } from "./sessions.server";
import type { Users } from "./users.server";
import { walletAddress } from "./wallet-address.server";
import { checkSignature, type WalletChain } from "./wallet-signature.server";

/** Seconds within which a message has to be signed. */
export const CHALLENGE_SECONDS = 300;

const challengeSchema = z.object({ address: z.string(), message: z.string(), until: z.number() });

/**
 * Signing in with a wallet (EIP-4361). The whole message is made here and kept until it is used, once. The
 * browser sends back only a signature, so no message from outside has to be checked.
 */
export class WalletSignIn {
  constructor(
    private readonly dependencies: {
      users: Users;
      sessions: Sessions;
      limits: LoginLimits;
      redis: RedisClient;
      keyPrefix: string;
      /** The address of the dashboard. */
      origin: string;
      chain: WalletChain;
    },
  ) {}

  /** `nonce` is only for the browser that asks. @throws DependencyError, like `finish` */
  async begin(given: string, ip: string | undefined) {
    const { limits, origin, chain, redis } = this.dependencies;
    const address = await walletAddress(given);
    if (address === undefined) return { kind: "no-address" } as const;
    const limited = await limits.admitClient(ip);
    if (limited) return limited;
    const nonce = randomBytes(16).toString("hex");
    const issuedAt = new Date();
    const expirationTime = new Date(issuedAt.getTime() + CHALLENGE_SECONDS * 1_000);
    const { createSiweMessage } = await import("viem/siwe");
    const message = createSiweMessage({
      address: address as `0x${string}`,
      chainId: chain.chainId,
      domain: new URL(origin).host,
      uri: `${origin}/login`,
      version: "1",
      statement: "Sign in to Forum Views. This costs nothing and sends no transaction.",
      nonce,
      issuedAt,
      expirationTime,
    });
    const challenge = JSON.stringify({ address, message, until: expirationTime.getTime() });
    await onRedis(() => redis.set(this.#key(nonce), challenge, "EX", CHALLENGE_SECONDS));
    return { kind: "challenge", nonce, message } as const;
  }

  async finish(
    { nonce, signature }: { nonce: string; signature: string },
    client: ClientOfSession,
  ) {
    const { users, sessions, limits, redis, chain } = this.dependencies;
    // Deleted while it is read, so that only one of two answers at the same time finds it.
    const text = await onRedis(() => redis.getdel(this.#key(nonce)));
    const challenge = text === null ? undefined : challengeSchema.parse(JSON.parse(text));
    // Too old, used before, or of another browser.
    if (!challenge || challenge.until <= Date.now()) return { kind: "expired" } as const;
    const { address, message } = challenge;
    const check = await checkSignature({ address, message, signature }, chain);
    if (check === "unknown") return { kind: "chain-away" } as const;
    if (check === "wrong") return { kind: "wrong-signature", address } as const;
    const identity = walletIdentity(address);
    const user = await users.findByIdentity(identity);
    const proven = user && { id: user.id, name: address, by: identity };
    const token = proven && (await sessions.open(proven, client));
    // Not invited, or disabled: told only to the owner of the address.
    if (token === undefined) return { kind: "not-invited", address } as const;
    await limits.forgiveClient(client.ip);
    return { kind: "signed-in", token } as const;
  }

  #key(nonce: string): string {
    return `${this.dependencies.keyPrefix}:wallet:${nonce}`;
  }
}
