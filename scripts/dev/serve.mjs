// What `remix dev` starts anew after every change: the server process, bundled as for production.
import { bundleServer } from "../local/bundle-server.mjs";

await bundleServer();
// Not a literal: it exists only now.
const server = "../../build/server.mjs";
await import(server);
