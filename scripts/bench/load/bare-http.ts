/**
 * The least code that could do the job: Node's own HTTP server and, right behind it, the product's bot check,
 * tracker and reader, which run the same Redis script and the same query. Nothing else is checked or logged.
 * Started by bare-server.ts, with the settings as the only argument.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { pino } from "pino";
import { isBot } from "../../../app/counting/bots";
import { TopicViewsReader } from "../../../app/counting/topic-views.server";
import { viewerOf } from "../../../app/counting/viewer";
import { ViewTracker } from "../../../app/counting/view-tracker.server";
import { connectDatabase } from "../../../app/platform/postgres.server";
import { connectRedis } from "../../../app/platform/redis.server";
import { viewKeys } from "../../../app/sync/redis/view-keys";
import type { BareSettings } from "./bare-server";

const { redisUrl, databaseUrl, daoSlug } = JSON.parse(process.argv[2] ?? "{}") as BareSettings;
const logger = pino({ level: "silent" });
const redis = connectRedis({
  url: redisUrl,
  name: "bare",
  commandTimeout: 800,
  logger,
});
const { pool } = connectDatabase({ url: databaseUrl, poolSize: 10, logger });
const limits = { windowSeconds: 86_400, perMinute: 120, perNetwork: 30 };
const tracker = new ViewTracker({ redis, keys: viewKeys(daoSlug), limits });
const reader = new TopicViewsReader({ tracker, pool, daoSlug });

const server = createServer((request, response) => {
  const path = request.url ?? "";
  const topicId = path.split("/")[5] ?? "";
  if (request.method !== "POST") {
    const many = path.split("topicIds=")[1];
    const reading = many
      ? reader.read(many.split(",")).then((topics) => ({ topics }))
      : reader.read([topicId]).then(([topic]) => topic);
    void reading.then((body) => answer(response, body));
    return;
  }
  void text(request).then(async (sent) => {
    const { address } = JSON.parse(sent) as { address: string };
    const userAgent = request.headers["user-agent"];
    const ip = String(request.headers["x-forwarded-for"]);
    const view = { targetType: "forum_topic", targetId: topicId, client: ip, network: ip };
    const viewer = viewerOf({ address, ip, userAgent });
    const { outcome } = isBot(userAgent)
      ? { outcome: "bot" }
      : await tracker.count({ ...view, viewer });
    answer(response, { counted: outcome === "counted" });
  });
});

function answer(response: ServerResponse, body: object | undefined): void {
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(body));
}

server.listen(0, "127.0.0.1", () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.once("disconnect", () => process.exit(0));
