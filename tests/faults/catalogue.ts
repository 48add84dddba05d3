import { connectionFaults } from "./cases/connections";
import { failoverFaults } from "./cases/failover";
import { linkFaults } from "./cases/links";
import { lockFaults } from "./cases/locks";
import { pgbouncerFaults } from "./cases/pgbouncer";
import { processFaults } from "./cases/process";
import { redisLossFaults } from "./cases/redis-loss";
import { restartFaults } from "./cases/restarts";
import type { Fault } from "./fault";

export const faults: Fault[] = [
  ...processFaults,
  ...restartFaults,
  ...linkFaults,
  ...lockFaults,
  ...connectionFaults,
  ...redisLossFaults,
  ...failoverFaults,
  ...pgbouncerFaults,
];
