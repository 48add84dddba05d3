import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { consentFor, ensureSystemProgram } from "./system-packages";

describe("what may be installed", () => {
  const laptop = { env: {}, isRoot: false, isContainer: false, isTerminal: true };

  const container = { ...laptop, isContainer: true };
  const byRoot = { ...laptop, isRoot: true };
  const noTerminal = { isTerminal: false };

  it.each([
    ["is asked for at a terminal", laptop, "ask"],
    ["is nothing without one", { ...laptop, ...noTerminal }, "refuse"],
    ["is nothing by root of a machine, without one", { ...byRoot, ...noTerminal }, "refuse"],
    ["is asked of root of a machine", byRoot, "ask"],
    ["is everything in continuous integration", { ...laptop, env: { CI: "true" } }, "install"],
    ["is asked for where CI is switched off", { ...laptop, env: { CI: "false" } }, "ask"],
    ["is everything by root in a container", { ...container, isRoot: true }, "install"],
    ["is asked of others in a container", container, "ask"],
    [
      "is nothing where it is forbidden, even in continuous integration",
      { ...laptop, env: { CI: "1", FORUM_VIEWS_NO_INSTALL: "1" } },
      "refuse",
    ],
  ] as const)("%s", (_when, circumstances, consent) => {
    expect(consentFor(circumstances)).toBe(consent);
  });
});

describe.skipIf(process.platform !== "linux")("a program that is missing", () => {
  let folder: string;
  const place = (name: string) => path.join(folder, name);
  const script = (name: string, lines: string) =>
    writeFileSync(place(name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "forum-views-packages-"));
    script(
      "apt-get",
      `: > ${place("called")}; printf '#!/bin/sh\\n' > ${place("promtool")}; /bin/chmod +x ${place("promtool")}`,
    );
    script("sudo", `shift; exec /usr/bin/env "$@"`);
    for (const name of ["env", "true"]) symlinkSync(`/usr/bin/${name}`, place(name));
    vi.stubEnv("PATH", folder);
    vi.stubEnv("CI", "true");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  it("is installed after its name was shown, with the way to refuse", async () => {
    const shown: string[] = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      expect(existsSync(place("called"))).toBe(false);
      return Boolean(shown.push(String(text)));
    });
    expect(await ensureSystemProgram("promtool")).toBe(place("promtool"));
    expect(shown.join("")).toMatch(
      /^Installing promtool: (sudo )?apt-get install prometheus \(FORUM_VIEWS_NO_INSTALL=1 refuses\)\n$/,
    );
  });

  it("is not installed where that is forbidden, and the command is shown", async () => {
    vi.stubEnv("FORUM_VIEWS_NO_INSTALL", "1");
    await expect(ensureSystemProgram("redis")).rejects.toThrow(
      /^Redis is needed: run `(sudo )?apt-get install redis-server`, or set REDIS_URL to a Redis that runs\.$/,
    );
    expect(existsSync(place("called"))).toBe(false);
  });
});
