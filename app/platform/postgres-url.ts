import { readFileSync } from "node:fs";
import type pg from "pg";

/** What `DATABASE_URL` says, in the driver's words. */
export interface PostgresAddress {
  /** For `pg.Client` and `pg.Pool`. */
  config: Pick<pg.ClientConfig, "connectionString" | "options" | "enableChannelBinding">;
  /** The schema of our tables; undefined if the role's search path decides. */
  schema: string | undefined;
  connectTimeoutMs: number | undefined;
  /** Connections of each process. */
  poolSize: number | undefined;
}

/** `message` completes a sentence that begins with the name of the variable, and shows nothing of its value. */
export class PostgresUrlError extends Error {
  override name = "PostgresUrlError";
}

const tlsFiles = ["sslrootcert", "sslcert", "sslkey"];
/** Parameters that the driver itself reads from the URL. */
const passedOn = ["application_name", "host", "sslmode", "sslnegotiation", ...tlsFiles];

/**
 * Each parameter is honoured or refused, because the driver ignores what it does not know;
 * docs/configuration.md has the table.
 * @throws PostgresUrlError
 */
export function parsePostgresUrl(text: string): PostgresAddress {
  const url = parseUrl(text);
  const parameters = url.searchParams;
  const isTls = setTls(parameters);
  const schema = take(parameters, "schema", /^[A-Za-z_][A-Za-z0-9_]{0,62}$/);
  const connectSeconds = takeNumber(parameters, "connect_timeout", 1, 300);
  const poolSize = takeNumber(parameters, "connection_limit", 2, 200);
  // No statement needs session state, so nothing has to be switched off for a pooler.
  take(parameters, "pgbouncer", /^(true|false)$/);
  const binding = take(parameters, "channel_binding", /^(disable|prefer|require)$/);
  if (binding === "require" && !isTls) {
    throw new PostgresUrlError("has channel_binding=require, which needs sslmode=require");
  }
  const searchPath = schema && `-c search_path="${schema}"`;
  const options = [take(parameters, "options", /./), searchPath].filter(Boolean).join(" ");
  const unknown = [...parameters.keys()].find((name) => !passedOn.includes(name));
  if (unknown !== undefined) {
    const name = /^\w{1,50}$/.test(unknown) ? unknown : "with an odd name";
    throw new PostgresUrlError(
      `has the parameter ${name}, which is not known here: leave it out (docs/configuration.md lists those that are)`,
    );
  }
  return {
    config: {
      connectionString: url.href,
      ...(options && { options }),
      ...(binding && binding !== "disable" && { enableChannelBinding: true }),
    },
    schema,
    connectTimeoutMs: connectSeconds && connectSeconds * 1_000,
    poolSize,
  };
}

function parseUrl(text: string): URL {
  // A socket is named by `host`, so the URL may have no host of its own.
  const complete = text.replace("@/", "@localhost/");
  if (!/^postgres(ql)?:\/\//.test(complete) || !URL.canParse(complete)) {
    throw new PostgresUrlError("must be a URL that starts with postgres:// or postgresql://");
  }
  const url = new URL(complete);
  if (/,|%2c/i.test(url.hostname)) {
    throw new PostgresUrlError("names several hosts: name the one that takes writes");
  }
  return url;
}

/**
 * Translates the parameters about TLS into the driver's terms. The driver verifies the certificate and its
 * name whenever there is TLS, unless the URL says `no-verify`. Returns whether there is TLS.
 */
function setTls(parameters: URLSearchParams): boolean {
  const ssl = take(parameters, "ssl", /^(true|false|1|0)$/);
  const asked = take(parameters, "sslmode", /^(disable|require|verify-ca|verify-full|no-verify)$/);
  const mode = asked ?? (ssl === undefined || /^[t1]/.test(ssl) ? undefined : "disable");
  const negotiation = take(parameters, "sslnegotiation", /^(postgres|direct)$/);
  // Node.js has the public authorities built in.
  const isSystem = parameters.get("sslrootcert") === "system";
  if (isSystem) parameters.delete("sslrootcert");
  const named = tlsFiles.filter((name) => parameters.has(name));
  for (const name of named) checkPem(name, parameters.get(name) ?? "");
  if (parameters.has("sslcert") !== parameters.has("sslkey")) {
    throw new PostgresUrlError("has one of sslcert and sslkey, and needs both");
  }
  const needsTls = negotiation === "direct" || isSystem || named.length > 0;
  if (mode === "disable") {
    if (needsTls) throw new PostgresUrlError("switches TLS off, and has parameters that need it");
    parameters.set("sslmode", "disable");
    return false;
  }
  if (mode === undefined && ssl === undefined && !needsTls) return false;
  parameters.set("sslmode", mode === "no-verify" ? "no-verify" : "verify-full");
  if (negotiation === "direct") parameters.set("sslnegotiation", "direct");
  return true;
}

function checkPem(name: string, path: string): void {
  try {
    readPem(path);
  } catch {
    throw new PostgresUrlError(`has ${name}, which must name a file in PEM that can be read`);
  }
}

/** @throws if there is no such file, or it is not in PEM */
export function readPem(path: string): string {
  const content = readFileSync(path, "utf8");
  if (!content.includes("-----BEGIN ")) throw new Error("It is not in PEM");
  return content;
}

/** Removes a parameter and returns its value. */
function take(parameters: URLSearchParams, name: string, pattern: RegExp): string | undefined {
  const [value, ...more] = parameters.getAll(name);
  parameters.delete(name);
  if (value === undefined) return undefined;
  if (more.length > 0) throw new PostgresUrlError(`has the parameter ${name} more than once`);
  if (pattern.test(value)) return value;
  throw new PostgresUrlError(
    `has a value of ${name} that is not known here (docs/configuration.md lists those that are)`,
  );
}

function takeNumber(parameters: URLSearchParams, name: string, minimum: number, maximum: number) {
  const text = take(parameters, name, /^/);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= minimum && value <= maximum) return value;
  throw new PostgresUrlError(`has a ${name} that is not from ${minimum} to ${maximum}`);
}
