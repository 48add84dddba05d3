import { readFile, readdir } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";

/**
 * The scripts that a page loads first, from the production build, as they travel: what its route and the
 * layouts around it import, what they load by themselves once they run (charts), and the headers.
 */

const folder = "public/build";
/** Bytes of the headers of one script. */
const HEADERS = 232;
const LIMIT = 120_500;
const LIMIT_WITH_CHARTS = 218_000;
/** The size of `/views.js`, which every page of a forum loads. */
const VIEWS_SCRIPT_LIMIT = 1_536;

interface Manifest {
  entry: { module: string; imports: string[] };
  routes: Record<string, { module: string; imports?: string[]; parentId?: string }>;
}
interface Metafile {
  outputs: Record<string, { imports: Array<{ path: string; kind: string }> }>;
}

async function readManifest(): Promise<{ file: string; manifest: Manifest }> {
  const name = (await readdir(folder)).find((file) => /^manifest-.*\.js$/.test(file));
  if (!name) throw new Error("There is no build: run `npm run build` first");
  const text = await readFile(`${folder}/${name}`, "utf8");
  const json = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
  return { file: `/build/${name}`, manifest: JSON.parse(json) as Manifest };
}

const { file, manifest } = await readManifest();
const metafile = JSON.parse(await readFile("build/metafile.js.json", "utf8")) as Metafile;

function scriptsOf(routeId: string): Set<string> {
  const scripts = new Set([file, manifest.entry.module, ...manifest.entry.imports]);
  for (let id: string | undefined = routeId; id !== undefined; id = manifest.routes[id]?.parentId) {
    const route = manifest.routes[id];
    for (const script of [route?.module, ...(route?.imports ?? [])]) {
      if (script !== undefined) scripts.add(script);
    }
  }
  // Iterating over a set includes elements that are added meanwhile.
  for (const script of scripts) {
    const { imports } = metafile.outputs[`public${script}`] ?? { imports: [] };
    for (const { path } of imports) {
      if (path.endsWith(".js")) scripts.add(path.replace(/^public/, ""));
    }
  }
  return scripts;
}

async function bytesOf(scripts: Set<string>): Promise<number> {
  const sizes = await Promise.all(
    [...scripts].map(async (script) => (await readFile(`public${script}.br`)).length + HEADERS),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const withCharts = ["routes/admin._index", "routes/admin.topics.$topicId"];
const pages = Object.keys(manifest.routes).filter((id) => /^routes\/(admin|login)/.test(id));

it.each(pages)("%s loads little", async (id) => {
  const scripts = scriptsOf(id);
  expect(scripts.size).toBeGreaterThan(10);
  const bytes = await bytesOf(scripts);
  expect(bytes).toBeLessThanOrEqual(withCharts.includes(id) ? LIMIT_WITH_CHARTS : LIMIT);
});

it("has the charts' library among the scripts of pages with charts only", async () => {
  const heavy = await Promise.all(
    pages.map(async (id) => ({ id, isHeavy: (await bytesOf(scriptsOf(id))) > LIMIT })),
  );
  const found = heavy.filter(({ isHeavy }) => isHeavy).map(({ id }) => id);
  expect(found.sort()).toEqual(withCharts);
});

it("has a script for forum pages that is small for every browser", async () => {
  const script = await readFile(`${folder}/views.js`);
  expect(gzipSync(script).length).toBeLessThanOrEqual(VIEWS_SCRIPT_LIMIT);
  const { length } = await readFile(`${folder}/views.js.br`);
  expect(length).toBeLessThanOrEqual(VIEWS_SCRIPT_LIMIT);
});
