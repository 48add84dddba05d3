// `node scripts/launch.mjs demo|dev|test`: installs the dependencies if they are missing, then starts the program.
import { ensureDependencies, generateClient } from "./local/ensure-dependencies.mjs";

const [name] = process.argv.splice(2, 1);
ensureDependencies();
// The first step of the tests is a build, which does this, too.
if (name !== "test") generateClient();
const { register } = await import("tsx/esm/api");
register();
await import(`./${name}/main`);
