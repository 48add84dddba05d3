import type { FuzzRequest, Who } from "./requests";

export interface WireContext {
  port: number;
  origin: string;
  /** `Cookie` headers of those who are signed in. */
  cookies: Record<"operator" | "admin", string>;
}

const wrongSecrets = {
  Authorization: "Bearer not-the-secret-of-anybody-0123456789",
  Cookie:
    "fv_session=InRoaXMgaXMgbm8gdG9rZW4i.c2lnbmVkIGJ5IG5vYm9keQ; fv_flash=e30=.x; fv_theme=e30=",
};

function credentials(who: Who, { cookies }: WireContext): Array<[string, string]> {
  if (who === "nobody") return [];
  if (who === "wrong") return Object.entries(wrongSecrets);
  return [["Cookie", cookies[who]]];
}

/** With what `wireBytes` adds, a longer head comes near the 16 KB at which the server stops reading. */
const LONG_HEAD = 14 * 1_024;

/** What is still unread of a longer body when the server answers can be more than its socket has taken in. */
const LONG_BODY = 32 * 1_024;

/**
 * Whether an answer has to arrive: the head may be nonsense, the body without an end. A head that is too
 * long, and a long body of a request that is refused by its head, are answered and not read to their end.
 * Then the connection closes, because `Connection: close` asks for that, and its reset can overtake the
 * answer (RFC 9112, section 9.6).
 */
export function mustBeAnswered({ method, framing, target, headers, body }: FuzzRequest): boolean {
  const head = Buffer.byteLength([target, ...headers.flat()].join(": \r\n"));
  if (framing === "short" || head > LONG_HEAD) return false;
  if (body && body.bytes.length > LONG_BODY) return false;
  return /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method);
}

/** The request as bytes. Its own headers come first, so that those of the test can double them. */
export function wireBytes(request: FuzzRequest, context: WireContext): Buffer {
  const { method, target, body, framing } = request;
  const headers: Array<[string, string]> = [...request.headers];
  const host = request.host === "ours" ? new URL(context.origin).host : request.host;
  if (host !== undefined) headers.push(["Host", host]);
  headers.push(...credentials(request.who, context), ["Connection", "close"]);
  const isForeign = headers.some(([name]) => name === "Origin" || name === "Sec-Fetch-Site");
  if (!isForeign) headers.push(["Origin", context.origin]);
  const payload = body?.bytes ?? Buffer.alloc(0);
  if (body) {
    if (body.contentType !== undefined) headers.push(["Content-Type", body.contentType]);
    if (body.contentEncoding) headers.push(["Content-Encoding", body.contentEncoding]);
    headers.push(...framingHeaders(framing, payload.length));
  }
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`);
  return Buffer.concat([head, isChunked(framing) && body ? chunked(payload) : payload]);
}

function framingHeaders(framing: FuzzRequest["framing"], length: number): Array<[string, string]> {
  const declared = { length: 0, chunked: 0, both: 0, short: 10, long: -Math.min(10, length) };
  const contentLength: [string, string] = ["Content-Length", String(length + declared[framing])];
  const transferEncoding: [string, string] = ["Transfer-Encoding", "chunked"];
  if (framing === "chunked") return [transferEncoding];
  return framing === "both" ? [contentLength, transferEncoding] : [contentLength];
}

function isChunked(framing: FuzzRequest["framing"]): boolean {
  return framing === "chunked" || framing === "both";
}

function chunked(payload: Buffer): Buffer {
  const half = payload.length >> 1;
  const chunks = [payload.subarray(0, half), payload.subarray(half)].filter(({ length }) => length);
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...framed, Buffer.from("0\r\n\r\n")]);
}
