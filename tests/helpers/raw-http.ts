import net from "node:net";

/** An answer as it came over the wire. */
export interface RawAnswer {
  status: number;
  /** Names in lower case, in the order sent. */
  headers: Array<[name: string, value: string]>;
  body: Buffer;
}

export interface Exchange {
  /** The first answer; undefined when the connection ended without one. */
  answer: RawAnswer | undefined;
  end: "answered" | "closed" | "timeout";
}

export interface ExchangeOptions {
  port: number;
  /** Needed for HEAD, whose answer has no body although its headers give a length. */
  method?: string;
  /** Milliseconds from the last byte sent. */
  timeout: number;
  /** Ends our side of the connection after the last byte. */
  halfClose?: boolean;
}

/** Sends bytes that need not be HTTP, and returns the first answer. */
export function exchange(bytes: Buffer | string, options: ExchangeOptions): Promise<Exchange> {
  const { port, method = "GET", timeout, halfClose = false } = options;
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const finish = (end: Exchange["end"]) => {
      clearTimeout(timer);
      const isOver = end !== "answered";
      const answer = parseAnswer(Buffer.concat(received), { method, isOver });
      socket.destroy();
      resolve({ answer, end: answer && end === "closed" ? "answered" : end });
    };
    const timer = setTimeout(() => finish("timeout"), timeout);
    socket.on("data", (chunk) => {
      received.push(chunk);
      if (parseAnswer(Buffer.concat(received), { method, isOver: false })) finish("answered");
    });
    socket.on("end", () => finish("closed"));
    // A server that refuses early may reset the connection while we are still sending.
    socket.on("error", () => finish("closed"));
    socket.write(bytes);
    if (halfClose) socket.end();
  });
}

/** Undefined while the answer is incomplete. `isOver` means that no more bytes will come. */
function parseAnswer(
  bytes: Buffer,
  { method, isOver }: { method: string; isOver: boolean },
): RawAnswer | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1]);
  const rest = bytes.subarray(headEnd + 4);
  if (status === 100) return parseAnswer(rest, { method, isOver });
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const body = method === "HEAD" ? Buffer.alloc(0) : readBody(rest, status, headers, isOver);
  return body && { status, headers, body };
}

function readBody(
  rest: Buffer,
  status: number,
  headers: RawAnswer["headers"],
  isOver: boolean,
): Buffer | undefined {
  if (status === 204 || status === 304) return Buffer.alloc(0);
  const valueOf = (wanted: string) => headers.find(([name]) => name === wanted)?.[1];
  if (valueOf("transfer-encoding") === "chunked")
    return dechunk(rest) ?? (isOver ? rest : undefined);
  const length = valueOf("content-length");
  if (length === undefined) return isOver ? rest : undefined;
  return rest.length >= Number(length) || isOver ? rest.subarray(0, Number(length)) : undefined;
}

function dechunk(rest: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = parseInt(rest.toString("latin1", at, lineEnd), 16);
    const start = lineEnd + 2;
    if (rest.length < start + size + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(rest.subarray(start, start + size));
    at = start + size + 2;
  }
}
