import { build } from "esbuild";

/** Bundles the server process. The Remix build stays a file of its own, which the server imports at start. */
export async function bundleServer() {
  await build({
    entryPoints: ["server.ts"],
    outfile: "build/server.mjs",
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    external: ["./index.js"],
    tsconfig: "tsconfig.json",
    sourcemap: true,
    logLevel: "warning",
  });
}
