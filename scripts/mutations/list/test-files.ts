/** Test files that several mutations name. */
export const simulation = "tests/simulation/simulation.test.ts";
export const inMemoryStores = "tests/integration/in-memory-stores.test.ts";
export const syncEngine = "tests/integration/sync-engine.test.ts";
export const redisLoss = "tests/integration/redis-loss.test.ts";
export const routeGuards = "tests/integration/route-guards.test.ts";
export const sessions = "tests/integration/accounts-sessions.test.ts";
export const expressApp = "app/server/express-app.test.ts";
export const ledgerGuards = "tests/integration/ledger-guards.test.ts";
export const heldUp = "tests/integration/held-up.test.ts";
