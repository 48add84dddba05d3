// Records from which sources the build was made, so that the demo builds only when they have changed.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const recordFile = path.join(root, "build/.sources");
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
 * @returns {string[]} the files at or below it, relative to the project
 */
function filesOf(source) {
  const full = path.join(root, source);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [source];
  return readdirSync(full, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith(generated));
}

/**
 * Of the sources' contents, and of the built files' sizes and times, because `remix dev` builds there, too.
 */
function digest() {
  const hash = createHash("sha256");
  for (const product of products) {
    const { size, mtimeMs } = statSync(path.join(root, product));
    hash.update(`${product} ${size} ${mtimeMs}\0`);
  }
  for (const file of sources.flatMap(filesOf).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

export function recordBuild() {
  writeFileSync(recordFile, digest());
}

/** Whether there is a build, made from the sources as they are now. */
export function isBuildCurrent() {
  return (
    products.every((product) => existsSync(path.join(root, product))) &&
    existsSync(recordFile) &&
    readFileSync(recordFile, "utf8") === digest()
  );
}
