import { once } from "node:events";
import net from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface Attack {
  name: string;
  /** Runs against the port; resolves when the server has ended the connection, or after `patience`. */
  run: (port: number) => Promise<AttackEnd>;
}

export interface AttackEnd {
  closed: boolean;
  received: string;
}

/** Milliseconds after which no such connection may still be open. */
const patience = 15_000;
const post = (extra: string) =>
  `POST /api/v1/forum/topics/1/views HTTP/1.1\r\nHost: x\r\nUser-Agent: Mozilla/5.0\r\n${extra}\r\n`;

/** Sends pieces a second apart, the last one over and over, until the server closes the connection. */
function drip(...pieces: string[]): Attack["run"] {
  return async (port) => {
    const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let received = "";
    let closed = false;
    socket.setEncoding("latin1").on("data", (text: string) => (received += text));
    socket.on("error", () => {});
    const over = once(socket, "close").then(() => (closed = true));
    socket.on("end", () => socket.end());
    await once(socket, "connect");
    const deadline = Date.now() + patience;
    for (let turn = 0; !closed && Date.now() < deadline; turn += 1) {
      const piece = pieces[Math.min(turn, pieces.length - 1)];
      if (piece && socket.writable) socket.write(piece);
      await Promise.race([over, pause(1_000)]);
    }
    socket.destroy();
    return { closed, received };
  };
}

/** Sends everything and leaves at once. */
function leave(bytes: string, how: "end" | "reset"): Attack["run"] {
  return async (port) => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    socket.on("error", () => {});
    await once(socket, "connect");
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
    if (how === "end") socket.end();
    else socket.resetAndDestroy();
    socket.resume();
    await once(socket, "close");
    return { closed: true, received: "" };
  };
}

/** Attacks that keep a connection open as long as possible. */
export const slowAttacks: Attack[] = [
  { name: "a socket that says nothing", run: drip("") },
  { name: "headers a letter a second", run: drip("GET /login HTTP/1.1\r\nHost: x\r\nX-A: ", "a") },
  { name: "headers without end", run: drip("GET / HTTP/1.1\r\n", "X-A: b\r\n") },
  { name: "a request line without end", run: drip("GET /", "a") },
  { name: "a counted body a byte a second", run: drip(post("Content-Length: 4000\r\n"), "{") },
  {
    name: "a chunked body a byte a second",
    run: drip(post("Transfer-Encoding: chunked\r\n"), "1\r\n{\r\n"),
  },
  { name: "a body that never comes", run: drip(post("Content-Length: 10\r\n"), "") },
  {
    name: "a form a byte a second",
    run: drip(
      "POST /theme HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9999\r\n\r\n",
      "a",
    ),
  },
  { name: "a chunk size without end", run: drip(post("Transfer-Encoding: chunked\r\n"), "0") },
  {
    name: "an open connection after an answer",
    run: drip("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", ""),
  },
];

/** Attacks that connect and leave at once. */
export const briefAttacks: Attack[] = [
  ...(["end", "reset"] as const).flatMap((how): Attack[] => [
    { name: `${how} before anything`, run: leave("", how) },
    { name: `${how} in the headers`, run: leave("GET /admin HTTP/1.1\r\nHost:", how) },
    { name: `${how} in the body`, run: leave(`${post("Content-Length: 40\r\n")}{"addr`, how) },
    {
      name: `${how} in a chunk`,
      run: leave(`${post("Transfer-Encoding: chunked\r\n")}ff\r\n{"a`, how),
    },
    {
      name: `${how} before the answer`,
      run: leave("GET /admin HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20), how),
    },
    { name: `${how} after garbage`, run: leave("\u0000\u0001\u0002GARBAGE\r\n\r\n\r\n", how) },
    { name: `${how} after TLS`, run: leave("\u0016\u0003\u0001\u0002\u0000\u0001\u0000", how) },
    {
      name: `${how} after pipelined garbage`,
      run: leave(`GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n${"\u00ff\u0000".repeat(2_000)}`, how),
    },
    {
      name: `${how} after a smuggled request`,
      run: leave(
        `${post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")}0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n`,
        how,
      ),
    },
    { name: `${how} after HTTP/2`, run: leave("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", how) },
    { name: `${how} after HTTP/0.9`, run: leave("GET /\r\n", how) },
  ]),
];
