import { createPrivateKey } from "node:crypto";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { z } from "zod";
import { parsePostgresUrl, PostgresUrlError, readPem } from "./postgres-url";
import { parseRedisUrl, RedisUrlError } from "./redis-url";

/** Secrets from examples and tutorials. They are refused, because everybody knows them. */
const knownSamples = new Set([
  "your-secure-random-string-here",
  "your_cron_secret",
  "changeme",
  "change-me",
  "secret",
]);

function secret(minimumLength: number) {
  return z
    .string()
    .min(minimumLength, `must have at least ${minimumLength} characters`)
    .regex(
      /^[\x21-\x7e]*$/,
      "must be ASCII without spaces: curl and crons cannot send anything else",
    )
    .refine(
      (value) => !/^(["'`]).*\1$/.test(value),
      "has quotes around it, which would be part of it",
    )
    .refine((value) => !knownSamples.has(value.toLowerCase()), "is a sample value")
    .refine((value) => new Set(value).size >= 8, "is too easy to guess: use random characters");
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function wholeNumber(minimum: number, maximum: number) {
  return z.coerce
    .number({ error: "must be a whole number" })
    .int("must be a whole number")
    .min(minimum, `must be at least ${minimum}`)
    .max(maximum, `must be at most ${maximum}`);
}

/** As https://www.standardwebhooks.com wants it. */
function isWebhookSecret(value: string): boolean {
  const key = value.slice("whsec_".length);
  return value.startsWith("whsec_") && z.base64().min(32).max(88).safeParse(key).success;
}

/** A number of days; 0 means for ever. */
function days(minimum: number) {
  return wholeNumber(0, 36_500).refine((value) => value === 0 || value >= minimum, {
    message: `must be 0, which keeps for ever, or at least ${minimum}`,
  });
}

const origin = z
  .string()
  .transform((value) => value.replace(/\/$/, ""))
  .refine(
    (value) => /^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value,
    "must be an origin such as https://forum.example",
  );

const webUrl = z.url({
  protocol: /^https?$/,
  error: "must be a URL that starts with https:// or http://",
});

const subnet = z.union([z.cidrv4(), z.cidrv6()]);

/** An address or a subnet, or one of the names that Express knows. */
function isProxy(text: string): boolean {
  const isName = ["loopback", "linklocal", "uniquelocal"].includes(text);
  return isName || isIP(text) !== 0 || subnet.safeParse(text).success;
}

function storeUrl(parse: (value: string) => unknown) {
  return z.string().transform((value, context) => {
    try {
      parse(value);
      return value;
    } catch (error) {
      const isAboutValue = error instanceof RedisUrlError || error instanceof PostgresUrlError;
      if (!isAboutValue) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });
}

/** The name of a file; the value becomes its content. */
function pemFile(check: (content: string) => unknown) {
  return z.string().transform((path, context) => {
    let message = "must name a file in PEM that can be read";
    try {
      const content = readPem(path);
      message = `names a PEM file without usable content: ${path}`;
      check(content);
      return content;
    } catch {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    }
  });
}

const certificateFile = pemFile((content) => createSecureContext({ ca: content, cert: content }));
const keyFile = pemFile(createPrivateKey);

const environmentSchema = z
  .object({
    NODE_ENV: z.enum(["development", "production", "test"]).default("development"),
    PORT: wholeNumber(0, 65_535).default(3000),
    /** The address to listen on; every interface when unset. */
    HOST: z.string().optional(),
    APP_ORIGIN: origin,
    DAO_SLUG: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_-]{0,49}$/,
        "must be 1 to 50 letters, digits, underscores or hyphens",
      ),
    DATABASE_URL: storeUrl(parsePostgresUrl),
    DATABASE_POOL_SIZE: wholeNumber(2, 200).default(10),
    /** How long a sync waits for a connection: PostgreSQL may have to wake up first. */
    DATABASE_CONNECT_SECONDS: wholeNumber(1, 300).default(10),
    REDIS_URL: storeUrl(parseRedisUrl),
    /** The authorities that may sign Redis's certificate, instead of Node's own. */
    REDIS_CA_FILE: certificateFile.optional(),
    /** The certificate that we show to Redis, and its key. */
    REDIS_CERT_FILE: certificateFile.optional(),
    REDIS_KEY_FILE: keyFile.optional(),
    /** The password of the Sentinels themselves, if they have one. */
    REDIS_SENTINEL_PASSWORD: z.string().optional(),
    CRON_SECRET: secret(16),
    CRON_SECRET_PREVIOUS: secret(16).optional(),
    SESSION_SECRET: secret(32),
    /** The chain that wallets sign in on, and the URL of its RPC for contract wallets. */
    WALLET_CHAIN_ID: wholeNumber(1, Number.MAX_SAFE_INTEGER).default(1),
    WALLET_RPC_URL: webUrl.optional(),
    /** The organisation's own sign-in, by OpenID Connect. */
    OIDC_ISSUER: webUrl.optional(),
    OIDC_CLIENT_ID: z.string().max(500).optional(),
    OIDC_CLIENT_SECRET: z.string().max(500).optional(),
    /** What Prometheus sends to /metrics; without it there is no such page. */
    METRICS_TOKEN: secret(16).optional(),
    CORS_ORIGINS: z.string().default("").transform(list).pipe(z.array(origin)),
    /** Proxies whose X-Forwarded-For is trusted, in Express's terms: `loopback`, an address, a subnet. */
    TRUST_PROXY: z
      .string()
      .default("")
      .transform(list)
      .refine((proxies) => proxies.every(isProxy), {
        message: "must hold addresses, subnets, loopback, linklocal or uniquelocal",
      }),
    /** Open connections of clients, idle ones included; further ones are closed at once. */
    MAX_CONNECTIONS: wholeNumber(10, 1_000_000).default(10_000),
    /** Where the forum shows a topic that brings no address of its own. */
    TOPIC_URL: webUrl
      .refine((value) => value.includes("{topicId}"), "must have {topicId} where the id goes")
      .optional(),
    LOG_LEVEL: z
      .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
      .default("info"),
    VIEW_DEDUP_SECONDS: wholeNumber(1, 31_536_000).default(86_400),
    /** Counted views per client and minute; 0 switches the limit off. */
    VIEW_RATE_PER_MINUTE: wholeNumber(0, 1_000_000).default(120),
    /** Viewers of one network that count for one topic within the window; 0 for any number. */
    VIEW_NETWORK_CAP: wholeNumber(0, 1_000).default(30),
    /**
     * The prefix of an older implementation's counters, `<prefix>:<type>:<id>`; every sync takes them over.
     */
    LEGACY_COUNTER_PREFIX: z
      .string()
      .regex(/^[A-Za-z0-9_.:-]{1,50}$/, "must be letters, digits and _ . : -, for example vcount")
      .optional(),
    SYNC_LEASE_SECONDS: wholeNumber(2, 3_600).default(30),
    SYNC_MAX_SECONDS: wholeNumber(1, 86_400).optional(),
    /** How long a chunk waits for a row that another session holds. Less than a statement may take. */
    SYNC_LOCK_SECONDS: wholeNumber(1, 12).default(2),
    SYNC_CHUNK_SIZE: wholeNumber(1, 20_000).default(5_000),
    /** Failed flushes in a row after which a target is parked. */
    SYNC_PARK_AFTER: wholeNumber(1, 1_000).default(5),
    /** How often the cron is expected to call, for the banner that says it is late. */
    SYNC_INTERVAL_MINUTES: wholeNumber(1, 10_080).default(10),
    /** Where alerts are sent. Without it, nothing is checked. */
    ALERT_WEBHOOK_URL: webUrl.optional(),
    ALERT_WEBHOOK_SECRET: z
      .string()
      .refine(isWebhookSecret, "must be whsec_ and the base64 of 24 to 64 random bytes")
      .optional(),
    /** How often each process looks for alerts and for messages that are due. */
    ALERT_CHECK_SECONDS: wholeNumber(1, 3_600).default(60),
    /** A message about the views of each week, to the receiver of alerts. */
    SUMMARY_WEBHOOK: z.enum(["weekly"], "can only be weekly").optional(),
    /** At least 31: the charts show the last 30 days. */
    RETENTION_RUN_DAYS: days(31).default(180),
    RETENTION_RUN_ERROR_DAYS: days(1).default(30),
    RETENTION_AUDIT_DAYS: days(1).default(365),
    RETENTION_DAILY_DAYS: days(31).default(400),
    /** Topics that nobody has viewed for so long are removed, with their counts. */
    RETENTION_TOPIC_DAYS: days(31).default(0),
    CLEANUP_MAX_SECONDS: wholeNumber(1, 86_400).optional(),
  })
  .superRefine((env, context) => {
    const { kind, isTls } = parseRedisUrl(env.REDIS_URL);
    const forbid = (name: keyof typeof env, isWrong: boolean, message: string) => {
      if (isWrong && env[name] !== undefined) {
        context.addIssue({ code: "custom", path: [name], message });
      }
    };
    const needs = (name: keyof typeof env, other: keyof typeof env) =>
      forbid(name, env[other] === undefined, `needs ${other} beside it`);
    needs("SUMMARY_WEBHOOK", "ALERT_WEBHOOK_URL");
    for (const name of ["REDIS_CA_FILE", "REDIS_CERT_FILE", "REDIS_KEY_FILE"] as const) {
      forbid(name, !isTls, "needs a REDIS_URL with TLS: rediss://");
    }
    needs("OIDC_ISSUER", "OIDC_CLIENT_ID");
    needs("OIDC_ISSUER", "OIDC_CLIENT_SECRET");
    forbid(
      "OIDC_ISSUER",
      !/^(https:|http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/])/.test(env.OIDC_ISSUER ?? ""),
      "must be a URL that starts with https://",
    );
    needs("REDIS_CERT_FILE", "REDIS_KEY_FILE");
    needs("REDIS_KEY_FILE", "REDIS_CERT_FILE");
    forbid("REDIS_SENTINEL_PASSWORD", kind !== "sentinel", "needs a REDIS_URL with Sentinels");
    forbid(
      "LEGACY_COUNTER_PREFIX",
      kind === "cluster",
      "cannot be used with a cluster, where no script can move a counter into the overlay: take the counters over on one Redis first, then move to the cluster (docs/scaling.md)",
    );
  });

export type Environment = z.output<typeof environmentSchema>;

/** The names of all variables that are read. */
export const variableNames = Object.keys(environmentSchema.shape);

/** Every problem of the environment in one message. It has names and never a value. */
export class EnvironmentError extends Error {
  override name = "EnvironmentError";
}

/**
 * Reads the configuration from environment variables; an empty variable counts as unset.
 * @throws EnvironmentError naming every variable that is missing, weak or malformed
 */
export function parseEnvironment(variables: Record<string, string | undefined>): Environment {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const parsed = environmentSchema.safeParse(set);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    return `  ${name} ${set[name] === undefined ? "is missing" : issue.message}`;
  });
  throw new EnvironmentError(
    `The configuration has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:\n${problems.join("\n")}`,
  );
}
