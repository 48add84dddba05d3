import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** These take minutes: a worker that came to one of them last would be alone with it. */
const longFiles = /\/tests\/(faults\/faults|simulation\/|model\/|integration\/upgrade)/;

class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => longFiles.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  resolve: { alias: { "~": fileURLToPath(new URL("./app", import.meta.url)) } },
  test: {
    environment: "node",
    // `npm run test:integration` has one more, because its tests mostly wait for servers.
    maxWorkers: 2,
    // Many times what they take: other steps of `npm test` and other programs need the machine, too.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    sequence: { sequencer: LongFilesFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "app/**/*.test.{ts,tsx}",
            "scripts/**/*.test.ts",
            "tests/model/**/*.test.ts",
            "tests/simulation/**/*.test.ts",
            "tests/ops/**/*.test.ts",
          ],
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["tests/{integration,faults,fuzz}/**/*.test.ts"],
          // Servers on a machine that is short of everything. `npm test` names what passes only now, to be mended. A
          // wrong value is wrong, however seldom: only a test that ran out of time is repeated.
          retry: { count: 1, condition: /timed? ?out|did not succeed in time|Waited \d/i },
          globalSetup: "tests/helpers/servers.global.ts",
        },
      },
    ],
  },
});
