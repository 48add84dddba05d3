// The last step of `npm run build`.
import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { recordBuild } from "./local/build-record.mjs";
import { bundleServer, bundleViewsScript } from "./local/bundle-server.mjs";

const compress = promisify(brotliCompress);
const folder = "public/build";

/** 50 bytes in each of the dozens of scripts of a page. The uncompressed files, which developers look at, keep it. */
const addressOfSourceMap = /\n\/\/# sourceMappingURL=\S+\s*$/;

/**
 * Writes the smallest compressed form of every script and stylesheet next to it, as `.br`: an eighth smaller
 * than what a server can produce while a browser waits.
 */
async function compressAssets() {
  const entries = await readdir(folder, { recursive: true });
  const files = entries.filter((name) => /\.(js|css)$/.test(name));
  await Promise.all(
    files.map(async (name) => {
      const file = path.join(folder, name);
      const content = (await readFile(file, "utf8")).replace(addressOfSourceMap, "");
      const params = {
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(content),
      };
      await writeFile(`${file}.br`, await compress(content, { params }));
    }),
  );
}

await Promise.all([bundleServer(), bundleViewsScript().then(compressAssets)]);
recordBuild();
