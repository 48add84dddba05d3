import { isIP } from "node:net";
import { z } from "zod";

/** Secrets that stand in examples and tutorials. Whoever deploys one has no secret. */
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
    .regex(/^\S+$/, "must not hold spaces")
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

function origin(value: string): string | undefined {
  try {
    const url = new URL(value);
    const isWeb = url.protocol === "http:" || url.protocol === "https:";
    return isWeb && url.origin === value.replace(/\/$/, "") ? url.origin : undefined;
  } catch {
    return undefined;
  }
}

/** An address or a subnet, or one of the names that Express knows. */
function isProxy(text: string): boolean {
  if (["loopback", "linklocal", "uniquelocal"].includes(text)) return true;
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  );
}

const originSchema = z.string().transform((value, context) => {
  const parsed = origin(value);
  if (parsed) return parsed;
  context.addIssue({ code: "custom", message: "must be an origin such as https://forum.example" });
  return z.NEVER;
});

const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (value) =>
        list(value).length > 0 &&
        list(value).every(
          (part) => URL.canParse(part) && protocols.includes(new URL(part).protocol),
        ),
      `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
    );

const environmentSchema = z
  .object({
    NODE_ENV: z.enum(["development", "production", "test"]).default("development"),
    PORT: wholeNumber(0, 65_535).default(3000),
    /** The address to listen on; every interface when unset. */
    HOST: z.string().optional(),
    APP_ORIGIN: originSchema,
    DAO_SLUG: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,49}$/, "must be 1 to 50 lower-case letters, digits or hyphens"),
    DATABASE_URL: url("postgres:", "postgresql:"),
    DATABASE_POOL_SIZE: wholeNumber(2, 200).default(10),
    REDIS_URL: url("redis:", "rediss:"),
    CRON_SECRET: secret(16),
    CRON_SECRET_PREVIOUS: secret(16).optional(),
    SESSION_SECRET: secret(32),
    /** What Prometheus sends to /metrics; without it there is no such page. */
    METRICS_TOKEN: secret(16).optional(),
    CORS_ORIGINS: z.string().default("").transform(list).pipe(z.array(originSchema)),
    /** Proxies whose X-Forwarded-For is believed, in the words of Express: `loopback`, an address, a subnet. */
    TRUST_PROXY: z
      .string()
      .default("")
      .transform(list)
      .refine((proxies) => proxies.every(isProxy), {
        message: "must hold addresses, subnets, loopback, linklocal or uniquelocal",
      }),
    /** Open connections of clients, those kept alive included; more are closed at once. */
    MAX_CONNECTIONS: wholeNumber(10, 1_000_000).default(10_000),
    LOG_LEVEL: z
      .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
      .default("info"),
    VIEW_DEDUP_SECONDS: wholeNumber(1, 31_536_000).default(86_400),
    /** Counted views per client and minute; 0 switches the limit off. */
    VIEW_RATE_PER_MINUTE: wholeNumber(0, 1_000_000).default(120),
    /** What precedes the counters of an older implementation, `<prefix>:<type>:<id>`, which every sync takes over. */
    LEGACY_COUNTER_PREFIX: z
      .string()
      .regex(/^[A-Za-z0-9_.:-]{1,50}$/, "must be letters, digits and _ . : -, for example vcount")
      .optional(),
    SYNC_LEASE_SECONDS: wholeNumber(2, 3_600).default(30),
    SYNC_MAX_SECONDS: wholeNumber(1, 86_400).optional(),
    SYNC_CHUNK_SIZE: wholeNumber(1, 20_000).default(5_000),
    /** Failed flushes in a row after which a target is parked. */
    SYNC_PARK_AFTER: wholeNumber(1, 1_000).default(5),
    /** How often the cron is expected to call, for the banner that says it is late. */
    SYNC_INTERVAL_MINUTES: wholeNumber(1, 10_080).default(10),
  })
  .refine(
    ({ LEGACY_COUNTER_PREFIX, REDIS_URL }) =>
      LEGACY_COUNTER_PREFIX === undefined || list(REDIS_URL).length === 1,
    {
      path: ["LEGACY_COUNTER_PREFIX"],
      message: "cannot be used with a cluster: its counters lie in other slots than the overlay",
    },
  );

export type Environment = z.output<typeof environmentSchema>;

/** Every problem of the environment in one message. Never holds a value, only names. */
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
