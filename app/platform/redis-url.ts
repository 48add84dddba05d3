/** What `REDIS_URL` says: which servers, how they belong together, and how to sign in to them. */
export interface RedisAddress {
  /**
   * `single`: one server. `cluster`: some nodes of a Redis Cluster, which know the others.
   * `sentinel`: Sentinels, which know where the master is.
   */
  kind: "single" | "cluster" | "sentinel";
  nodes: Array<{ host: string; port: number }>;
  isTls: boolean;
  username: string | undefined;
  password: string | undefined;
  database: number;
  /** The name of the master for Sentinels; empty for the other kinds. */
  master: string;
}

/** `message` completes a sentence that begins with the name of the variable, and shows nothing of its value. */
export class RedisUrlError extends Error {
  override name = "RedisUrlError";
}

const FORMS =
  "must be redis://, redis+cluster:// or redis+sentinel:// (rediss… for TLS), [user:password@]host[:port], and several hosts separated by commas";

/**
 * Reads the forms that docs/scaling.md lists. Nodes may be full URLs, or hosts after the first; a list without
 * a word about Sentinels is a cluster.
 * @throws RedisUrlError
 */
export function parseRedisUrl(text: string): RedisAddress {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const scheme = /^(rediss?)(?:\+(cluster|sentinel))?:\/\//.exec(parts[0] ?? "");
  if (!scheme) throw new RedisUrlError(FORMS);
  const named = scheme[2] as "cluster" | "sentinel" | undefined;
  const kind = named ?? (parts.length > 1 ? "cluster" : "single");
  const defaultPort = kind === "sentinel" ? 26_379 : 6_379;
  const nodes = parts.map((part) => parseNode(part.replace(scheme[0], ""), defaultPort));
  const path = nodes.at(-1)?.path ?? "";
  if (nodes.slice(0, -1).some((node) => node.path !== "")) throw new RedisUrlError(FORMS);
  const credentials = new Set(nodes.flatMap((node) => node.credentials ?? []));
  if (credentials.size > 1) {
    throw new RedisUrlError("must have the same user and password for all of its hosts");
  }
  return {
    kind,
    nodes: nodes.map(({ host, port }) => ({ host, port })),
    isTls: scheme[1] === "rediss",
    ...parseCredentials([...credentials][0] ?? ""),
    ...parsePath(kind, path),
  };
}

function parseNode(text: string, defaultPort: number) {
  if (text.includes("://")) throw new RedisUrlError(FORMS);
  const match = /^(?:([^/?#]*)@)?([^/?#@]+)(?:\/([^?#]*))?$/.exec(text);
  if (!match) throw new RedisUrlError(`${FORMS}; special characters of a password as %XX`);
  const [, credentials, place = "", path = ""] = match;
  const url = `redis://${place}`;
  if (!URL.canParse(url)) throw new RedisUrlError(FORMS);
  const { hostname, port } = new URL(url);
  if (!/^([\w.-]+|\[[\da-f:.]+\])$/i.test(hostname)) throw new RedisUrlError(FORMS);
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: port === "" ? defaultPort : Number(port), credentials, path };
}

function parseCredentials(text: string) {
  const [username = "", ...rest] = text.split(":");
  try {
    return {
      username: decodeURIComponent(username) || undefined,
      password: decodeURIComponent(rest.join(":")) || undefined,
    };
  } catch {
    throw new RedisUrlError(
      "has a user or password with a % that is not followed by two hex digits",
    );
  }
}

function parsePath(kind: RedisAddress["kind"], path: string) {
  const words = path.replace(/\/$/, "").split("/");
  const master = kind === "sentinel" ? (words.shift() ?? "") : "";
  const [database = "", ...rest] = words;
  if (rest.length > 0 || !/^\d{0,4}$/.test(database)) {
    throw new RedisUrlError("must end with the number of a database, or with nothing");
  }
  if (kind === "sentinel" && !/^[\w.-]+$/.test(master)) {
    throw new RedisUrlError("must end with the name of the master: redis+sentinel://host/mymaster");
  }
  if (kind === "cluster" && Number(database) !== 0) {
    throw new RedisUrlError("names a database: a cluster has only 0");
  }
  return { master, database: Number(database) };
}
