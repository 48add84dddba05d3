import { clusterFaults } from "./cases/cluster";
import { connectionFaults } from "./cases/connections";
import { diskFaults } from "./cases/disk-full";
import { failoverFaults } from "./cases/failover";
import { instanceFaults } from "./cases/instances";
import { linkFaults } from "./cases/links";
import { lockFaults } from "./cases/locks";
import { pgbouncerFaults } from "./cases/pgbouncer";
import { processFaults } from "./cases/process";
import { redisLossFaults } from "./cases/redis-loss";
import { restartFaults } from "./cases/restarts";
import { sentinelFaults } from "./cases/sentinel";
import { tlsFaults } from "./cases/tls";
import type { Fault } from "./fault";

export const faults: Fault[] = [
  ...processFaults,
  ...restartFaults,
  ...linkFaults,
  ...lockFaults,
  ...connectionFaults,
  ...diskFaults,
  ...redisLossFaults,
  ...failoverFaults,
  ...pgbouncerFaults,
  ...instanceFaults,
  ...clusterFaults,
  ...sentinelFaults,
  ...tlsFaults,
];
