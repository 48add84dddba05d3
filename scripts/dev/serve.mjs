// What `remix dev` starts anew after every change: the server process, bundled as for production.
import { stop } from "esbuild";
import { bundleServer } from "../local/bundle-server.mjs";

await bundleServer();
// `remix dev` kills this process and waits until its children are gone too, or gives up.
await stop();
// Not a literal: it exists only now.
const server = "../../build/server.mjs";
await import(server);
