import { describe, expect, it } from "vitest";
import { parsePostgresUrl } from "./postgres-url";

const plain = "postgresql://user:p%40ss@db.example:6543/forum";

function parsed(parameters: string) {
  return parsePostgresUrl(`${plain}?${parameters}`);
}

describe("parsePostgresUrl", () => {
  it("leaves a URL without parameters as it is", () => {
    expect(parsePostgresUrl(plain)).toEqual({
      config: { connectionString: plain },
      schema: undefined,
      connectTimeoutMs: undefined,
      poolSize: undefined,
    });
  });

  it("honours what Neon, Prisma and Supabase write", () => {
    expect(
      parsed("sslmode=require&channel_binding=require&connect_timeout=15&options=endpoint%3Dep-1"),
    ).toMatchObject({
      config: {
        connectionString: `${plain}?sslmode=verify-full`,
        enableChannelBinding: true,
        options: "endpoint=ep-1",
      },
      connectTimeoutMs: 15_000,
    });
    expect(parsed("schema=views&options=-c%20jit%3Doff&pgbouncer=true&connection_limit=5")).toEqual(
      {
        config: { connectionString: plain, options: '-c jit=off -c search_path="views"' },
        schema: "views",
        connectTimeoutMs: undefined,
        poolSize: 5,
      },
    );
  });

  it.each([
    ["ssl=true", "?sslmode=verify-full"],
    ["ssl=0", "?sslmode=disable"],
    ["sslmode=disable", "?sslmode=disable"],
    ["sslmode=verify-ca", "?sslmode=verify-full"],
    ["sslmode=no-verify", "?sslmode=no-verify"],
    ["sslrootcert=system", "?sslmode=verify-full"],
    ["sslmode=require&sslrootcert=system", "?sslmode=verify-full"],
    ["sslnegotiation=direct", "?sslmode=verify-full&sslnegotiation=direct"],
    ["application_name=forum", "?application_name=forum"],
  ])("says %s as the driver does", (parameters, expected) => {
    expect(parsed(parameters).config.connectionString).toBe(`${plain}${expected}`);
  });

  it("takes a socket", () => {
    expect(parsePostgresUrl("postgresql://user@/forum?host=/run/pg").config.connectionString).toBe(
      "postgresql://user@localhost/forum?host=%2Frun%2Fpg",
    );
  });

  it.each([
    ["sslmode=prefer", "sslmode"],
    ["sslmode=allow", "sslmode"],
    ["sslrootcert=/nowhere.pem", "sslrootcert, which must name a file in PEM"],
    ["sslmode=disable&sslnegotiation=direct", "switches TLS off"],
    ["channel_binding=require", "needs sslmode=require"],
    ["connect_timeout=0", "connect_timeout that is not from 1 to 300"],
    ["connection_limit=1", "connection_limit that is not from 2 to 200"],
    ["schema=a.b", "schema"],
    ["schema=a&schema=b", "more than once"],
    ["statement_timeout=5000", "the parameter statement_timeout, which is not known here"],
    ["pool_timeout=5", "pool_timeout"],
    ["target_session_attrs=read-write", "target_session_attrs"],
  ])("refuses %s with a sentence", (parameters, message) => {
    expect(() => parsed(parameters)).toThrow(message);
  });

  it.each(["mysql://db", "postgresql://a,b/forum", "nonsense"])("refuses %s", (url) => {
    expect(() => parsePostgresUrl(url)).toThrow(/^(must be a URL|names several hosts)/);
  });
});
