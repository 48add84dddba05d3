import { clusterFaults } from "./cluster";
import { connectionFaults } from "./connections";
import { diskFaults } from "./disk-full";
import { failoverFaults } from "./failover";
import { instanceFaults } from "./instances";
import { linkFaults } from "./links";
import { lockFaults } from "./locks";
import { pgbouncerFaults } from "./pgbouncer";
import { processFaults } from "./process";
import { redisLossFaults } from "./redis-loss";
import { restartFaults } from "./restarts";
import { sentinelFaults } from "./sentinel";
import { tlsFaults } from "./tls";
import type { Fault } from "../fault";

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
