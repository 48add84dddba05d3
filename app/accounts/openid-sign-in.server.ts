import type { Configuration } from "openid-client";
import { z } from "zod";
import { emailSchema } from "./credentials.server";
import type { IdentityKey } from "./identities";
import type { Limited, LoginLimits } from "./login-limits.server";
import type { ClientOfSession, ProvenUser, Sessions } from "./sessions.server";
import type { Users } from "./users.server";

/** Seconds that the issuer may take to answer, while a person waits. */
const ISSUER_LIMIT_SECONDS = 5;

/** What the issuer's answer has to match. Kept only in the browser that began the sign-in. */
export const openIdChecksSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
});
export type OpenIdChecks = z.output<typeof openIdChecksSchema>;

export type OpenIdBeginning =
  | { kind: "began"; location: string; checks: OpenIdChecks }
  | Limited
  | { kind: "issuer-away"; reason: string };

export type OpenIdResult =
  | { kind: "signed-in"; token: string }
  /** The issuer says that its user refused, or that it cannot sign anybody in. */
  | { kind: "refused" }
  | { kind: "not-invited"; email: string | undefined }
  | { kind: "unverified-email"; email: string }
  /** The answer matches no sign-in that this browser began, was used before, or is not from the issuer. */
  | { kind: "invalid"; reason: string }
  | { kind: "issuer-away"; reason: string };

interface Dependencies {
  users: Users;
  sessions: Sessions;
  limits: LoginLimits;
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Where the issuer sends people back to. */
  redirectUri: string;
}

/** Who signed in, according to the issuer. `email` is in lower case. */
interface Person {
  identity: IdentityKey;
  email: string | undefined;
  isVerified: boolean;
}

/**
 * Signing in at the organisation's own issuer: OpenID Connect's code flow with PKCE, state and nonce. A user is found
 * by the issuer's subject; the first time by the e-mail address, if the issuer has verified it.
 */
export class OpenIdSignIn {
  readonly #dependencies: Dependencies;
  #discovered: Promise<Configuration> | undefined;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws DependencyError, like `finish`, when a server of ours is away */
  async begin(ip: string | undefined): Promise<OpenIdBeginning> {
    const limited = await this.#dependencies.limits.admitClient(ip);
    if (limited) return limited;
    const openid = await import("openid-client");
    const checks = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      verifier: openid.randomPKCECodeVerifier(),
    };
    let issuer: Configuration;
    try {
      issuer = await this.#discover();
    } catch (error) {
      return { kind: "issuer-away", reason: reasonOf(error) };
    }
    const location = openid.buildAuthorizationUrl(issuer, {
      redirect_uri: this.#dependencies.redirectUri,
      scope: "openid email",
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(checks.verifier),
      code_challenge_method: "S256",
    });
    return { kind: "began", location: location.href, checks };
  }

  /** `search` is the query with which the issuer sends the browser back. */
  async finish(
    { search, checks }: { search: string; checks: OpenIdChecks },
    client: ClientOfSession,
  ): Promise<OpenIdResult> {
    const named = await this.#nameOf(search, checks);
    if ("kind" in named) return named;
    const { email, isVerified } = named;
    const proven = await this.#findUser(named);
    if (!proven && email !== undefined && !isVerified) return { kind: "unverified-email", email };
    const token = proven && (await this.#dependencies.sessions.open(proven, client));
    if (token === undefined) return { kind: "not-invited", email };
    await this.#dependencies.limits.forgiveClient(client.ip);
    return { kind: "signed-in", token };
  }

  async #nameOf(
    search: string,
    { state, nonce, verifier }: OpenIdChecks,
  ): Promise<Person | OpenIdResult> {
    const openid = await import("openid-client");
    try {
      const issuer = await this.#discover();
      const answer = new URL(`${this.#dependencies.redirectUri}${search}`);
      const tokens = await openid.authorizationCodeGrant(issuer, answer, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) return { kind: "invalid", reason: "There is no ID token" };
      // Many issuers tell the e-mail address only when they are asked for it.
      const about =
        claims.email === undefined
          ? await openid.fetchUserInfo(issuer, tokens.access_token, claims.sub)
          : claims;
      return {
        identity: { kind: "openid", issuer: claims.iss, subject: claims.sub },
        email: emailSchema.safeParse(about.email).data,
        isVerified: about.email_verified === true,
      };
    } catch (error) {
      if (error instanceof openid.AuthorizationResponseError) return { kind: "refused" };
      return { kind: isOutage(error) ? "issuer-away" : "invalid", reason: reasonOf(error) };
    }
  }

  async #findUser({ identity, email, isVerified }: Person): Promise<ProvenUser | undefined> {
    const { users } = this.#dependencies;
    const known = await users.findByIdentity(identity);
    const name = email !== undefined && isVerified ? email : identity.subject;
    if (known) return { id: known.id, name, by: identity };
    if (email === undefined || !isVerified) return undefined;
    const invited = await users.findByEmail(email);
    if (!invited || invited.disabled_at !== null) return undefined;
    // From now on the subject identifies the user: the e-mail address may be given to somebody else one day.
    const added = await users.linkFirst(email, invited.id, identity);
    return added ? { id: invited.id, name, by: identity } : undefined;
  }

  /** The issuer's metadata. Asked for again until it has answered once. */
  #discover(): Promise<Configuration> {
    this.#discovered ??= this.#ask().catch((error: unknown) => {
      this.#discovered = undefined;
      throw error;
    });
    return this.#discovered;
  }

  async #ask(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.#dependencies;
    const { allowInsecureRequests, discovery } = await import("openid-client");
    // The environment allows http on this machine only, for development.
    const execute = issuer.startsWith("http:") ? [allowInsecureRequests] : [];
    const options = { execute, timeout: ISSUER_LIMIT_SECONDS };
    return discovery(new URL(issuer), clientId, clientSecret, undefined, options);
  }
}

/** For the log: the library's message, without anything that the issuer has sent. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "Unknown";
}

/** Whether the issuer did not answer or has failed; we refuse any other answer as invalid. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { cause } = error;
  if (cause instanceof Response) return cause.status >= 500;
  return error.name === "TimeoutError" || error.message === "fetch failed" || isOutage(cause);
}
