import { ensureDependencies } from "./local/ensure-dependencies.mjs";

ensureDependencies();
const { register } = await import("tsx/esm/api");
register();
await import("../tests/faults/main");
