import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { ApiScope } from "~/accounts/api-scopes";
import { hasTokenIn, type ApiTokens } from "~/accounts/api-tokens.server";

/** A request as Remix or as Node.js has it. */
interface BearerRequest {
  url?: string | undefined;
  headers: Headers | IncomingHttpHeaders;
}

/** Who calls with a secret of the API, or how the call is refused. */
export type Caller =
  /** `name`: for runs and the audit log. */
  | { kind: "known"; name: string }
  | {
      kind: "refused";
      status: 401 | 403;
      error: { code: "unauthorized" | "forbidden"; message: string };
    };

interface CallerServices {
  env: { CRON_SECRET: string; CRON_SECRET_PREVIOUS?: string | undefined };
  tokens: Pick<ApiTokens, "find">;
}

/** What a caller with CRON_SECRET may do. */
const cronScopes: ApiScope[] = ["sync", "cleanup"];

/**
 * Who calls a path of the API that takes an API token with this scope. Nothing is remembered between two
 * requests: a token that is revoked is refused from then on.
 * @throws DependencyError when PostgreSQL is away and the secret is neither CRON_SECRET nor malformed
 */
export async function findCaller(
  { env, tokens }: CallerServices,
  request: BearerRequest,
  scope: ApiScope,
): Promise<Caller> {
  if (hasTokenIn(request.url ?? "")) {
    const instead =
      "send it as Authorization: Bearer, and revoke this one, which logs may have kept";
    return refused(401, `A token in a URL is refused: ${instead}`);
  }
  const given = bearerOf(request);
  if (given === undefined) return refused(401, "An API token is needed as a bearer token");
  const cronSecrets = [env.CRON_SECRET, env.CRON_SECRET_PREVIOUS];
  if (cronScopes.includes(scope) && isOneOf(given, cronSecrets)) {
    return { kind: "known", name: "cron" };
  }
  const token = await tokens.find(given);
  if (!token) return refused(401, "This is no API token of this DAO, or it has ended");
  if (!token.scopes.includes(scope)) return refused(403, `This token does not have ${scope}`);
  return { kind: "known", name: `token ${token.name}` };
}

function refused(status: 401 | 403, message: string): Caller {
  const code = status === 401 ? "unauthorized" : "forbidden";
  return { kind: "refused", status, error: { code, message } };
}

/** Whether the request carries one of these secrets as `Authorization: Bearer <secret>`. */
export function hasBearer(request: BearerRequest, secrets: Array<string | undefined>): boolean {
  const given = bearerOf(request);
  return given !== undefined && isOneOf(given, secrets);
}

function bearerOf({ headers }: BearerRequest): string | undefined {
  const header = headers instanceof Headers ? headers.get("Authorization") : headers.authorization;
  return /^Bearer ([^\s]+)$/i.exec(header ?? "")?.[1];
}

/**
 * Digests are compared, so that the time taken tells neither the length nor the content of a secret; every
 * secret is compared, so that it does not tell which one matched. Without any secret nobody is let in.
 */
function isOneOf(given: string, secrets: Array<string | undefined>): boolean {
  const givenDigest = digest(given);
  let matches = false;
  for (const secret of secrets) {
    if (secret !== undefined && timingSafeEqual(givenDigest, digest(secret))) matches = true;
  }
  return matches;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
