import { readdirSync } from "node:fs";
import fc from "fast-check";
import { adminForm, oddBody, type Body } from "./bodies";
import { oddHeaderValue, oddText, oddUrlText } from "./odd-texts";

export type Who = "nobody" | "wrong" | "operator" | "admin";

export interface FuzzRequest {
  who: Who;
  method: string;
  /** As it stands in the request line. */
  target: string;
  host: string | undefined;
  headers: Array<[name: string, value: string]>;
  body: Body | undefined;
  /** How the request declares the body's length, truly or not. */
  framing: "length" | "chunked" | "short" | "long" | "both";
}

const routeIds = [
  "root",
  ...readdirSync("app/routes").map((file) => `routes/${file.replace(/\.tsx?$/, "")}`),
];
const assets = readdirSync("public/build")
  .filter((name) => name.endsWith(".js"))
  .map((name) => `/build/${name}`);

const pages = [
  ...["/", "/login", "/logout", "/theme", "/admin", "/admin/pending", "/admin/pending.csv"],
  ...["/admin/topics", "/admin/topics.csv", "/admin/topics/1", "/admin/runs", "/admin/runs/1"],
  ...[
    "/admin/failures",
    "/admin/audit",
    "/admin/users",
    "/admin/tokens",
    "/admin/account",
    "/admin/nothing",
  ],
  ...["/favicon.svg", "/build/", "/build/nothing.js", "/nothing", "/docs/api"],
  ...assets,
];
const api = [
  ...["/healthz", "/readyz", "/metrics", "/api", "/api/v1/forum/sync-views", "/api/v1/forum/views"],
  ...["/api/v1/forum/topics/1/views", "/api/v1/forum/topics/fuzz/views", "/api/v1/forum/cleanup"],
  ...["/api/v1/openapi.json", "/api/v1/forum/nothing"],
];
const known = fc.oneof(fc.constantFrom(...pages), fc.constantFrom(...api));

const mutated = fc.tuple(known, oddUrlText, fc.nat(8), fc.nat()).map(([path, odd, how, at]) => {
  const place = at % (path.length + 1);
  const letter = path.charCodeAt(place) || 47;
  const mutations = [
    `${path}/${odd}`,
    `${path}${odd}`,
    `/${path}`,
    `${path}/`,
    path.toUpperCase(),
    `${path.slice(0, place)}%${letter.toString(16)}${path.slice(place + 1)}`,
    `${path.slice(0, place)}${odd}${path.slice(place)}`,
    `/admin/..${path}`,
    `${path}/../../${odd}`,
  ];
  return mutations[how]!;
});
const withOddParameter = fc
  .tuple(
    fc.constantFrom<[string, string]>(
      ["/api/v1/forum/topics/", "/views"],
      ["/admin/topics/", ""],
      ["/admin/runs/", ""],
    ),
    oddUrlText,
  )
  .map(([[before, after], odd]) => `${before}${odd}${after}`);

const path = fc.oneof(
  { weight: 10, arbitrary: known },
  { weight: 4, arbitrary: mutated },
  { weight: 4, arbitrary: withOddParameter },
  { weight: 1, arbitrary: oddUrlText.map((text) => `/${text}`) },
  { weight: 1, arbitrary: fc.constantFrom("*", "http://evil.test/admin", "http://", "///", "/?") },
);

const queryNames = [
  ...["q", "state", "sort", "dir", "page", "size", "reason", "status", "trigger", "empty"],
  ...["errors", "targets", "topicIds", "redirectTo", "index", "actor", "action", "range"],
];
const queryPart = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...queryNames), oddUrlText) },
  { weight: 2, arbitrary: fc.tuple(fc.constant("_data"), fc.constantFrom(...routeIds)) },
  { weight: 1, arbitrary: fc.tuple(oddUrlText, oddUrlText) },
);
const query = fc.oneof(
  { weight: 4, arbitrary: fc.constant("") },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.array(queryPart, { maxLength: 6 }), fc.constantFrom(1, 1, 1, 1, 20))
      .map(([parts, times]) => {
        const text = parts.map(([name, value]) => `${name}=${value}`).join("&");
        return `?${Array<string>(times).fill(text).join("&")}`;
      }),
  },
);

const headerNames = [
  ...["Accept", "Accept-Encoding", "Accept-Language", "User-Agent", "Cookie", "Referer", "Range"],
  ...["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "If-None-Match"],
  ...["If-Modified-Since", "Sec-Fetch-Site", "Origin", "Authorization", "X-HTTP-Method-Override"],
  ...["Expect", "TE", "Upgrade", "Purpose", "Access-Control-Request-Method", "Content-Length"],
  ...["Transfer-Encoding", "X-Remix-Redirect", "Cache-Control", "__proto__", "Content-Encoding"],
];
const oddHeader = fc.tuple(fc.constantFrom(...headerNames), oddHeaderValue);
const forwarded = fc
  .tuple(fc.nat(255), fc.nat(255))
  .map(([c, d]): [string, string] => ["X-Forwarded-For", `100.64.${c}.${d}`]);
const manyHeaders = fc
  .tuple(fc.constantFrom(50, 300, 2_500), oddHeaderValue)
  .map(([count, value]) =>
    Array.from({ length: count }, (_, index): [string, string] => [`X-Odd-${index}`, value]),
  );
const headers = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(forwarded).map((pair) => pair) },
  { weight: 8, arbitrary: fc.tuple(forwarded, oddHeader, oddHeader).map((pair) => pair) },
  { weight: 1, arbitrary: manyHeaders },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...headerNames), fc.constantFrom(2_000, 8_000, 15_000, 40_000))
      .map(([name, length]): Array<[string, string]> => [[name, "x".repeat(length)]]),
  },
);

const method = fc.oneof(
  { weight: 8, arbitrary: fc.constant("GET") },
  { weight: 6, arbitrary: fc.constant("POST") },
  {
    weight: 2,
    arbitrary: fc.constantFrom("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"),
  },
  { weight: 1, arbitrary: fc.constantFrom("PROPFIND", "QUERY", "get", "FOO", "", "G\u0000T") },
);

const framing = fc.oneof(
  { weight: 12, arbitrary: fc.constant("length" as const) },
  { weight: 5, arbitrary: fc.constant("chunked" as const) },
  { weight: 1, arbitrary: fc.constantFrom("short" as const, "long" as const, "both" as const) },
);

export const hostileRequest: fc.Arbitrary<FuzzRequest> = fc
  .record({
    who: fc.constantFrom<Who>("nobody", "nobody", "wrong", "operator"),
    method,
    path,
    query,
    host: fc.oneof(
      { weight: 20, arbitrary: fc.constant("ours") },
      { weight: 1, arbitrary: oddText.map((text) => text.replace(/[\r\n\0]/g, "")) },
      { weight: 1, arbitrary: fc.constant(undefined) },
    ),
    headers,
    body: fc.oneof(
      { weight: 3, arbitrary: oddBody },
      { arbitrary: fc.constant(undefined), weight: 1 },
    ),
    framing,
  })
  .map(({ path, query, body, method, ...rest }) => ({
    ...rest,
    method,
    target: `${path}${query}`,
    body: method === "GET" || method === "HEAD" ? undefined : body,
  }));

/** An admin's own form with garbage in it, sent as the page or as `_data`. */
export const adminRequest: fc.Arbitrary<FuzzRequest> = fc
  .tuple(
    fc.constantFrom<[string, string]>(
      ["/admin?index", "routes/admin._index"],
      ["/admin/failures", "routes/admin.failures"],
      ["/admin/users", "routes/admin.users"],
      ["/admin/tokens", "routes/admin.tokens"],
      ["/admin/account", "routes/admin.account"],
      ["/admin/runs/1", "routes/admin.runs.$runId"],
      ["/theme", "routes/theme"],
    ),
    fc.boolean(),
    fc.oneof({ weight: 3, arbitrary: adminForm }, { weight: 1, arbitrary: oddBody }),
    headers,
  )
  .map(([[page, route], asData, body, headers]) => {
    const data = `${page.includes("?") ? "&" : "?"}_data=${encodeURIComponent(route)}`;
    return {
      who: "admin",
      method: "POST",
      target: asData ? `${page}${data}` : page,
      host: "ours",
      headers: headers.filter(([name]) => name.startsWith("X-Forwarded") || name === "Accept"),
      body,
      framing: "length",
    };
  });
