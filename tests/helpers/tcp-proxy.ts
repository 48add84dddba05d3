import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";

export type TcpProxy = Awaited<ReturnType<typeof tcpProxy>>;

type State =
  | { kind: "open" | "cut" | "frozen" | "deaf" | "stalled" }
  | { kind: "cutting"; direction: "requests" | "replies"; share: number };

interface Pair {
  client: Socket;
  upstream: Socket;
  /** Data that were held back, in order. */
  held: Array<() => void>;
}

/** A link between the application and a server, on loopback, that a test can cut or freeze. */
export async function tcpProxy(targetUrl: string) {
  let target = new URL(targetUrl);
  let state: State = { kind: "open" };
  const pairs = new Set<Pair>();
  let silenced = new Set<Pair>();

  function carry(pair: Pair, direction: "requests" | "replies", bytes: Buffer): void {
    const to = direction === "requests" ? pair.upstream : pair.client;
    if (silenced.has(pair)) return;
    switch (state.kind) {
      case "open":
        to.write(bytes);
        return;
      case "deaf":
        if (direction === "requests") to.write(bytes);
        return;
      case "stalled":
        pair.held.push(() => to.write(bytes));
        return;
      case "cutting":
        if (direction !== state.direction) return void to.write(bytes);
        silenced.add(pair);
        to.write(bytes.subarray(0, Math.floor(bytes.length * state.share)), () => {
          pair.upstream.resetAndDestroy();
          pair.client.resetAndDestroy();
        });
    }
  }

  const server = net.createServer((client) => {
    if (state.kind === "cut") {
      client.resetAndDestroy();
      return;
    }
    const upstream = net.connect(Number(target.port), target.hostname);
    const pair: Pair = { client, upstream, held: [] };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      silenced.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    client.on("data", (bytes: Buffer) => carry(pair, "requests", bytes));
    upstream.on("data", (bytes: Buffer) => carry(pair, "replies", bytes));
    for (const socket of [client, upstream]) socket.on("error", end).on("close", end);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const url = new URL(targetUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  const drop = () => pairs.forEach(({ client }) => client.resetAndDestroy());
  return {
    /** The given URL, through the proxy. */
    url: url.href,
    /** Resets open connections; new ones work. */
    reset: drop,
    /** Resets open connections and refuses new ones: the server is away. */
    cut() {
      state = { kind: "cut" };
      drop();
    },
    /** The open connections go silent for ever, as when a host is lost; new ones work. */
    silence() {
      silenced = new Set(pairs);
    },
    /** Keeps connections open but delivers nothing: the server hangs. */
    freeze() {
      state = { kind: "frozen" };
    },
    /** Delivers what the application sends, and drops every answer. */
    dropReplies() {
      state = { kind: "deaf" };
    },
    /** Holds back what either side sends; `restore` delivers it late. */
    stall() {
      state = { kind: "stalled" };
    },
    /** Ends each connection within the next piece that it carries: `share` of it arrives, then a reset. */
    cutWithin(direction: "requests" | "replies", share: number) {
      state = { kind: "cutting", direction, share };
    },
    restore() {
      // Dropped data cannot be delivered any more.
      if (state.kind === "frozen" || state.kind === "deaf") drop();
      state = { kind: "open" };
      for (const pair of pairs) pair.held.splice(0).forEach((deliver) => deliver());
    },
    /** Resets open connections; new ones go to another server, as after a failover. */
    retarget(newTargetUrl: string) {
      target = new URL(newTargetUrl);
      drop();
    },
    async close() {
      drop();
      server.close();
      await once(server, "close");
    },
  };
}
