import net from "node:net";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { startAppServer } from "../helpers/app-server";
import { testDaoSlug } from "../helpers/dao-slug";
import { exchange } from "../helpers/raw-http";
import { forAllTests, useServers } from "../helpers/use-servers";

/** What the process does before a request reaches any route, over HTTP and raw sockets. */

const use = useServers();
const start = (env: Record<string, string>) =>
  startAppServer({ ...use.urls, daoSlug: testDaoSlug(), env });
const app = forAllTests(() => start({ MAX_CONNECTIONS: "20" }));
const secure = forAllTests(() => start({ APP_ORIGIN: "https://views.example" }));

function send(lines: string[], body: Buffer | string = "", server = app) {
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
  const bytes = Buffer.concat([head, Buffer.from(body)]);
  return exchange(bytes, { port: server.port, timeout: 15_000 });
}

describe("the headers of an answer", () => {
  const scripts = /<script(?![^>]*\bnonce="([^"]+)")[^>]*>/;

  it("let a page run its own scripts only, each with the answer's nonce", async () => {
    const [first, second] = [
      await fetch(`${app.origin}/login`),
      await fetch(`${app.origin}/login`),
    ];
    const policies = [first, second].map(({ headers }) => headers.get("Content-Security-Policy")!);
    const nonces = policies.map((policy) => /script-src 'self' 'nonce-([^']+)'/.exec(policy)![1]!);
    expect(nonces[0]).not.toBe(nonces[1]);
    expect(Buffer.from(nonces[0]!, "base64")).toHaveLength(16);
    expect(policies[0]).toContain("frame-ancestors 'none'");
    expect(policies[0]).toContain("object-src 'none'");
    expect(policies[0]).toContain("base-uri 'none'");
    expect(policies[0]).toContain("form-action 'self'");
    const scriptRules = policies[0]!.split(";").filter((rule) => /script|default/.test(rule));
    expect(scriptRules.join()).not.toMatch(/unsafe|\*|data:|https?:/);
    const page = await first.text();
    expect(page).not.toMatch(scripts);
    expect(page).toContain(`nonce="${nonces[0]}"`);
  });

  it.each(["/login", "/admin", "/healthz", "/nothing", "/api/v1/forum/nothing"])(
    "at %s say what a browser may do, and that nothing is kept",
    async (path) => {
      const { headers } = await fetch(`${app.origin}${path}`, { redirect: "manual" });
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("Referrer-Policy")).toBe("same-origin");
      if (path.startsWith("/api/")) {
        expect(headers.get("Content-Security-Policy")).toMatch(/^default-src 'none';/);
      } else {
        expect(headers.get("Permissions-Policy")).toContain("camera=()");
      }
      expect(headers.get("X-Frame-Options")).toBe("DENY");
      expect(headers.get("Cache-Control")).toBe("no-store");
      expect(headers.get("X-Powered-By")).toBeNull();
    },
  );

  it("ask for https only where the site has it", async () => {
    const header = "Strict-Transport-Security";
    expect((await fetch(`${app.origin}/login`)).headers.get(header)).toBeNull();
    const { headers } = await fetch(`${secure.origin}/login`);
    expect(headers.get(header)).toMatch(/^max-age=\d{8}/);
    expect(headers.get("Content-Security-Policy")).toContain("upgrade-insecure-requests");
  });
});

describe("a body", () => {
  const own = `Origin: http://127.0.0.1`;
  const form = (size: number, path = "/theme") => [
    `POST ${path} HTTP/1.1`,
    "Host: x",
    `${own}:${app.port}`,
    "Content-Type: application/x-www-form-urlencoded",
    `Content-Length: ${size}`,
  ];
  const chunkedForm = (path: string) => [
    ...form(0, path).slice(0, -1),
    "Transfer-Encoding: chunked",
  ];

  it.each(["/theme", "/login", "/logout"])(
    "of a form at %s has at most 16 KB, whatever it declares",
    async (path) => {
      const size = 16 * 1_024;
      const filled = (length: number) => Buffer.alloc(length, "a");
      expect((await send(form(size, path), filled(size))).answer?.status).not.toBe(413);
      expect((await send(form(size + 1, path), filled(size + 1))).answer?.status).toBe(413);
      const chunk = Buffer.concat([Buffer.from("1000\r\n"), filled(4_096), Buffer.from("\r\n")]);
      const chunks = Buffer.concat(Array<Buffer>(5).fill(chunk));
      expect((await send(chunkedForm(path), chunks)).answer?.status).toBe(413);
    },
  );

  it.each(["multipart/form-data", "application/json", "text/html", ""])(
    "of type %j is no form: 400",
    async (type) => {
      const lines = form(7).map((line) => line.replace(/^(Content-Type:).*/, `$1 ${type}`));
      const { answer } = await send(lines, "a=b&c=d");
      expect(answer?.status).toBe(400);
      expect(answer?.body.toString()).not.toMatch(/multipart|boundary|TypeError/);
    },
  );

  it("that nobody reads does not keep the next request waiting", async () => {
    const unread = Buffer.alloc(300_000, "a");
    const first = Buffer.concat([
      Buffer.from(`${form(unread.length).join("\r\n")}\r\n\r\n`),
      unread,
    ]);
    const socket = net.connect(app.port, "127.0.0.1");
    let received = "";
    socket.setEncoding("latin1").on("data", (text: string) => (received += text));
    socket.write(first);
    socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    await once(socket, "close");
    expect(received.match(/^HTTP\/1\.1 \d+/gm)).toEqual(["HTTP/1.1 413", "HTTP/1.1 200"]);
  });
});

describe("a request", () => {
  it("that does not come to an end is answered 408 after twelve seconds", async () => {
    const slow = ["POST /api/v1/forum/topics/1/views HTTP/1.1", "Host: x", "Content-Length: 9"];
    const { answer, end } = await send(slow, "{");
    expect(end).toBe("answered");
    expect(answer?.status).toBe(408);
  });

  it("has headers of at most 16 KB", async () => {
    const { answer } = await send(["GET / HTTP/1.1", "Host: x", `X-Long: ${"a".repeat(17_000)}`]);
    expect(answer?.status).toBe(431);
  });

  it("that two readers would end in different places is refused", async () => {
    const both = ["Content-Length: 4", "Transfer-Encoding: chunked", "Connection: close"];
    const path = "/api/v1/forum/topics/1/views";
    const { answer } = await send([`POST ${path} HTTP/1.1`, "Host: x", ...both], "0\r\n\r\n");
    expect(answer?.status).toBe(400);
  });

  it.each(["TRACE", "PUT", "DELETE", "OPTIONS", "PROPFIND"])(
    "by %s gets no page",
    async (method) => {
      const { answer } = await send([`${method} /admin HTTP/1.1`, "Host: x"]);
      expect(answer?.status).toBe(405);
      expect(new Map(answer?.headers).get("allow")).toBe("GET, HEAD, POST");
    },
  );

  it.each([
    ["/api/v1/forum/cleanup%ud800", 404],
    ["/api/v1/forum/topics/\\/views", 400],
    ["/api/v1/forum/topics/../views", 400],
    ["/api/v1/forum/topics/%2e%2e/views", 400],
    ["/api/v1/forum/topics/%5c/views?_data=root", 400],
  ])("for %s gets an error of the API", async (path, status) => {
    const { answer } = await send([`GET ${path} HTTP/1.1`, "Host: x"]);
    expect(answer?.status).toBe(status);
    expect(JSON.parse(answer!.body.toString())).toHaveProperty("error.code");
  });

  it("that nobody can answer fills no log with errors", async () => {
    await fetch(`${app.origin}/nothing?_data=routes/admin`);
    await fetch(`${app.origin}/admin/nothing`, { method: "POST", headers: { Origin: app.origin } });
    expect(app.logs.filter(({ level }) => String(level) === "error")).toEqual([]);
  });
});

it("no more connections are kept than the limit says, and those that are go on", async () => {
  const kept: net.Socket[] = [];
  const isClosed = (socket: net.Socket) =>
    new Promise<boolean>((resolve) => {
      socket.on("error", () => {});
      socket.once("data", () => resolve(false)).once("close", () => resolve(true));
      socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    });
  const outcomes: boolean[] = [];
  for (let index = 0; index < 25; index += 1) {
    const socket = net.connect(app.port, "127.0.0.1");
    kept.push(socket);
    outcomes.push(await isClosed(socket));
  }
  expect(outcomes.slice(0, 15)).not.toContain(true);
  expect(outcomes.slice(20)).toEqual(Array(5).fill(true));
  for (const socket of kept) socket.destroy();
});
