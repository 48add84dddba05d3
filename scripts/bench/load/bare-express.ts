/**
 * The least that could do the job: Express and its JSON parser, and then at once the product's own tracker
 * and reader, which run the same Redis scripts and the same query. Nothing is limited, checked, logged, named
 * or compressed. Started by bare-server.ts, with the settings as the only argument.
 */
import type { AddressInfo } from "node:net";
import express from "express";
import { pino } from "pino";
import { connectDatabase } from "../../../app/platform/postgres.server";
import { TopicViewsReader } from "../../../app/counting/topic-views.server";
import { viewKeys } from "../../../app/sync/redis/view-keys";
import { ViewTracker } from "../../../app/counting/view-tracker.server";
import { connectRedis } from "../../../app/platform/redis.server";
import type { BareSettings } from "./bare-server";

const { redisUrl, databaseUrl, daoSlug } = JSON.parse(process.argv[2] ?? "{}") as BareSettings;
const logger = pino({ level: "silent" });
const redis = connectRedis({
  url: redisUrl,
  name: "bare",
  commandTimeout: 800,
  socketTimeout: 1_600,
  logger,
});
const { pool } = connectDatabase({ url: databaseUrl, poolSize: 10, logger });
const tracker = new ViewTracker({ redis, keys: viewKeys(daoSlug), dedupSeconds: 86_400 });
const reader = new TopicViewsReader({ tracker, pool, daoSlug });

const app = express();
app.post("/api/v1/forum/topics/:topicId/views", express.json(), (request, response, next) => {
  const { address } = request.body as { address: string };
  tracker
    .trackView("forum_topic", request.params.topicId ?? "", `user:${address.toLowerCase()}`)
    .then((counted) => response.json({ counted }), next);
});
app.get("/api/v1/forum/topics/:topicId/views", (request, response, next) => {
  reader.read([request.params.topicId]).then(([topic]) => response.json(topic), next);
});
app.get("/api/v1/forum/views", (request, response, next) => {
  const { topicIds } = request.query as { topicIds: string };
  reader.read(topicIds.split(",")).then((topics) => response.json({ topics }), next);
});

const server = app.listen(0, "127.0.0.1", () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.once("disconnect", () => process.exit(0));
