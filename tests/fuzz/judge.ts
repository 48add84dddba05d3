import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import type { Exchange, RawAnswer } from "../helpers/raw-http";
import type { FuzzRequest } from "./requests";
import { mustBeAnswered } from "./wire-format";

const innards =
  /node_modules|\bat \S+ \(?(?:file|\/)|PrismaClient|\bECONN|\bSQLSTATE|postgres(?:ql)?:\/\/|rediss?:\/\/|\bEVALSHA\b|INSERT INTO|(?<!<)\bSELECT .* FROM/i;

/** Node's own refusals of what is no HTTP: without a body, and before any of our code. */
const parserRefusals = [400, 408, 413, 417, 431];

/** Everything that is wrong with an exchange, in words; nothing when all is well. No answer may have a confidential text. */
export function judge(
  request: FuzzRequest,
  { answer, end }: Exchange,
  confidential: string[],
): string[] {
  if (end === "timeout") return ["no answer in 15 s"];
  if (!answer) return mustBeAnswered(request) ? ["closed without an answer"] : [];
  const text = bodyText(answer);
  // The absolute form of a target names a host, which the server does not look at.
  const target = request.target.replace(/^https?:\/\/[^/?]*/i, "");
  return [
    ...(answer.status >= 500 ? [`status ${answer.status}: ${text.slice(0, 300)}`] : []),
    ...headerProblems(target, answer),
    ...(isApi(target) ? shapeProblems(answer, text) : []),
    ...(target.startsWith("/build/") ? [] : leaks(answer, text, confidential)),
  ];
}

/** The text of an answer, however it was encoded. */
export function bodyText({ headers, body }: RawAnswer): string {
  const encoding = new Map(headers).get("content-encoding");
  if (encoding === undefined || body.length === 0) return body.toString();
  if (encoding === "br") return brotliDecompressSync(body).toString();
  return (encoding === "gzip" ? gunzipSync(body) : inflateSync(body)).toString();
}

function isApi(target: string): boolean {
  return /^\/(api\/v1\/|(healthz|readyz|metrics)(\?|$))/.test(target);
}

function headerProblems(target: string, { status, headers, body }: RawAnswer): string[] {
  const has = new Map(headers);
  if (body.length === 0 && parserRefusals.includes(status) && !has.has("x-content-type-options")) {
    return [];
  }
  const missing = (name: string, wanted: RegExp) =>
    wanted.test(has.get(name) ?? "") ? [] : [`${name} is ${has.get(name) ?? "missing"}`];
  const common = [
    ...missing("x-content-type-options", /^nosniff$/),
    ...(has.has("x-powered-by") ? ["x-powered-by is there"] : []),
  ];
  if (/^\/+build\//i.test(target)) return common;
  // Express's own answer to a target that is no path; it allows a browser nothing at all.
  if (status === 404 && has.get("content-security-policy") === "default-src 'none'") return common;
  const policies = target.startsWith("/api/")
    ? missing("content-security-policy", /^default-src 'none';/)
    : [
        ...missing("content-security-policy", /script-src 'self' 'nonce-[\w+/=]{22,}';/),
        ...missing("permissions-policy", /camera=\(\)/),
      ];
  return [
    ...common,
    ...policies,
    ...missing("content-security-policy", /frame-ancestors 'none'/),
    ...missing("referrer-policy", /^same-origin$/),
    ...missing("cache-control", cacheRule(target)),
  ];
}

function cacheRule(target: string): RegExp {
  if (target.includes("favicon")) return /max-age|no-store/;
  if (target.includes("openapi.json")) return /no-store|^public, max-age=300$/;
  return /no-store|max-age=3600/;
}

/** One of the two documented shapes of errors. */
function shapeProblems({ status, headers, body }: RawAnswer, text: string): string[] {
  if (status < 400 || body.length === 0) return [];
  const type = new Map(headers).get("content-type") ?? "";
  if (!type.startsWith("application/json")) return [`an API error of type ${type}`];
  const error = JSON.parse(text) as Record<string, unknown>;
  const names = Object.keys(error).sort().join();
  const isSync = names === "error,status" || /^error,(runId|timestamp|success),/.test(names);
  const inner = error.error;
  const isApiError =
    names === "error" &&
    typeof inner === "object" &&
    inner !== null &&
    /^code,(details,)?message$/.test(Object.keys(inner).sort().join());
  return isSync || isApiError ? [] : [`an API error of a third shape: ${text.slice(0, 200)}`];
}

function leaks({ headers }: RawAnswer, text: string, confidential: string[]): string[] {
  const all = `${headers.map((pair) => pair.join(": ")).join("\n")}\n${text}`;
  const found = confidential.filter((each) => all.includes(each));
  const inside = innards.exec(text)?.[0];
  return [
    ...found.map((each) => `tells ${each}`),
    ...(inside === undefined ? [] : [`tells of its inside: ${inside}`]),
  ];
}
