import { ensureDependencies } from "./local/ensure-dependencies.mjs";

ensureDependencies();
const { register } = await import("tsx/esm/api");
register();
const { generateClientIfChanged } = await import("./local/prisma-client");
await generateClientIfChanged(process.cwd());
await import("../tests/faults/main");
