import { build } from "esbuild";

/** @type {import("esbuild").BuildOptions} */
const options = { bundle: true, tsconfig: "tsconfig.json", logLevel: "warning" };

/** Bundles the server process. The Remix build stays a file of its own, which the server imports at start. */
export async function bundleServer() {
  await build({
    ...options,
    entryPoints: ["server.ts"],
    outfile: "build/server.mjs",
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    external: ["./index.js"],
    sourcemap: true,
  });
}

/** Bundles what forum pages load as /views.js: a classic script, which knows its own address. */
export async function bundleViewsScript() {
  await build({
    ...options,
    entryPoints: ["app/api/views-script.ts"],
    outfile: "public/build/views.js",
    platform: "browser",
    format: "iife",
    target: "es2020",
    minify: true,
  });
}
