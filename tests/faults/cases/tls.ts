import { rm } from "node:fs/promises";
import { makeCertificates, tlsSettings } from "../../../scripts/local/certificates";
import { freePort } from "../../../scripts/local/ports";
import { temporaryFolder } from "../../helpers/servers";
import type { Fault } from "../fault";
import { startRestartableRedis } from "../servers";
import { killInMidSync } from "./process";
import { away } from "./restarts";

export const tlsFaults: Fault[] = [
  {
    name: "tls-kill",
    what: "Redis by TLS, with certificates on both sides: SIGKILL of Redis, or of the server process",
    rounds: 10,
    needs: "openssl",
    async prepare() {
      const folder = await temporaryFolder();
      const files = await makeCertificates(folder);
      const port = await freePort();
      const redis = await startRestartableRedis(tlsSettings(files, port));
      return {
        settings: {
          redisUrl: `rediss://127.0.0.1:${port}`,
          suiteRedisUrl: redis.url,
          env: {
            REDIS_CA_FILE: files.ca,
            REDIS_CERT_FILE: files.cert,
            REDIS_KEY_FILE: files.key,
          },
        },
        strike: (system) =>
          system.random.chance(0.5) ? away(system, redis, "kill") : killInMidSync(system),
        async stop() {
          await redis.remove();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
  },
];
