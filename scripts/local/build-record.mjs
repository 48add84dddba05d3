// Records from which sources the build was made, so that the demo builds only when they have changed.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

// npm runs its scripts in the project's folder.
const recordFile = "build/.sources";
const products = ["build/index.js", "build/server.mjs", "public/build"];
const generated = path.join("app", "generated");
const sources = [
  "app",
  "server.ts",
  "prisma/schema.prisma",
  "prisma.config.ts",
  "remix.config.js",
  "tailwind.config.ts",
  "postcss.config.js",
  "tsconfig.json",
  "package-lock.json",
  "scripts/build-server.mjs",
];

/**
 * @param {string} source
 * @returns {string[]} the files at or below it
 */
function filesOf(source) {
  if (!existsSync(source)) return [];
  if (statSync(source).isFile()) return [source];
  return readdirSync(source, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(generated));
}

/**
 * Of the sources' contents, and of the built files' sizes and times, because `remix dev` builds there, too.
 */
function digest() {
  const hash = createHash("sha256");
  for (const product of products) {
    const { size, mtimeMs } = statSync(product);
    hash.update(`${product} ${size} ${mtimeMs}\0`);
  }
  for (const file of sources.flatMap(filesOf).sort()) {
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

export function recordBuild() {
  writeFileSync(recordFile, digest());
}

/** Whether there is a build, made from the sources as they are now. */
export function isBuildCurrent() {
  return (
    [...products, recordFile].every((file) => existsSync(file)) &&
    readFileSync(recordFile, "utf8") === digest()
  );
}
