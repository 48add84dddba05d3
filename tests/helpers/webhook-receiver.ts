import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

interface ReceivedMessage {
  /** The path that was asked for. */
  path: string;
  headers: IncomingHttpHeaders;
  raw: string;
  body: {
    text: string;
    content: string;
    alert: { id: string; kind: string; state: string; dao: string; title: string; url: string };
  };
}

/** What to answer; "hang" means no answer until `release`. */
type Answer = { status: number; headers?: Record<string, string> } | "hang";

type Rule = (message: ReceivedMessage, count: number) => Answer;

export type WebhookReceiver = Awaited<ReturnType<typeof webhookReceiver>>;

/**
 * A receiver of webhooks on loopback.
 * @param tls a key and a certificate, to be reached by https
 */
export async function webhookReceiver(tls?: { key: string; cert: string }) {
  /** Everything that arrived, in order; it keeps growing. */
  const received: ReceivedMessage[] = [];
  const hanging = new Set<ServerResponse>();
  let rule: Rule = () => ({ status: 200 });
  const server: Server = tls ? https.createServer(tls) : createServer();
  server.on("request", (request, response) => {
    void text(request).then(
      (raw) => {
        const body = JSON.parse(raw) as ReceivedMessage["body"];
        const message = { path: request.url ?? "", headers: request.headers, raw, body };
        received.push(message);
        const answer = rule(message, received.length);
        if (answer === "hang") hanging.add(response);
        else response.writeHead(answer.status, answer.headers).end();
      },
      () => response.destroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    /** Its path must not get into a log. */
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}/hooks/very-secret-path`,
    received,
    /** Sets the rule for answers from now on; `count` is the number of messages so far, including this one. */
    answer(next: Rule) {
      rule = next;
    },
    /** Answers 200 to messages that hang, and to all later ones. */
    release() {
      rule = () => ({ status: 200 });
      for (const response of hanging) response.writeHead(200).end();
      hanging.clear();
    },
    /** The states that arrived about a kind of alert, in order. */
    statesOf: (kind: string) =>
      received.filter(({ body }) => body.alert.kind === kind).map(({ body }) => body.alert.state),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
