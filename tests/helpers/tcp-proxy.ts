import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";

/** A link between the application and a server, on loopback, that a test can cut or freeze. */
export interface TcpProxy {
  /** The given URL, through the proxy. */
  url: string;
  /** Resets what is open and refuses what is new: the server is away. */
  cut(): void;
  /** Keeps what is open and delivers nothing: the server hangs. */
  freeze(): void;
  /** The open connections go silent for ever, as when a host is lost; new ones work. */
  silence(): void;
  restore(): void;
  close(): Promise<void>;
}

export async function tcpProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  let state: "open" | "cut" | "frozen" = "open";
  const pairs = new Set<[Socket, Socket]>();
  let silenced = new Set<[Socket, Socket]>();

  const server = net.createServer((client) => {
    if (state === "cut") {
      client.resetAndDestroy();
      return;
    }
    const upstream = net.connect(Number(target.port), target.hostname);
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const [from, to] of [pair, [upstream, client] as const]) {
      from.on("data", (bytes) => {
        if (state === "open" && !silenced.has(pair)) to.write(bytes);
      });
      from.on("error", end);
      from.on("close", end);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const url = new URL(targetUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  const drop = () => pairs.forEach(([client]) => client.resetAndDestroy());
  return {
    url: url.href,
    cut() {
      state = "cut";
      drop();
    },
    silence() {
      silenced = new Set(pairs);
    },
    freeze() {
      state = "frozen";
    },
    restore() {
      // What was swallowed while frozen can't be delivered any more.
      if (state === "frozen") drop();
      state = "open";
    },
    async close() {
      drop();
      server.close();
      await once(server, "close");
    },
  };
}
