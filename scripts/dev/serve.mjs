// What `remix dev` starts anew after every change: the server process, bundled as for production.
import { stop } from "esbuild";
import { bundleServer, bundleViewsScript } from "../local/bundle-server.mjs";

await Promise.all([bundleServer(), bundleViewsScript()]);
// `remix dev` kills this process and waits until its children are gone too, or gives up.
await stop();
// Not a literal, because the file only exists from here on.
const server = "../../build/server.mjs";
await import(server);
