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

/** Bundles what forum pages load as /views.js: a classic script, which knows its own address. */
export async function bundleViewsScript() {
  await build({
    entryPoints: ["app/api/views-script.ts"],
    outfile: "public/build/views.js",
    bundle: true,
    platform: "browser",
    format: "iife",
    target: "es2020",
    minify: true,
    tsconfig: "tsconfig.json",
    logLevel: "warning",
  });
}
