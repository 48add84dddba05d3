// The last step of `npm run build`.
import { recordBuild } from "./local/build-record.mjs";
import { bundleServer } from "./local/bundle-server.mjs";
import { compressAssets } from "./local/compress-assets.mjs";

await Promise.all([bundleServer(), compressAssets()]);
recordBuild();
