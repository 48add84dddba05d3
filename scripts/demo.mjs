import { ensureDependencies, generateClient } from "./local/ensure-dependencies.mjs";

ensureDependencies();
generateClient();
const { register } = await import("tsx/esm/api");
register();
await import("./demo/main");
