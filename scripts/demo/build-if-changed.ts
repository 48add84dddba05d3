import { isBuildCurrent } from "../local/build-record.mjs";
import { step } from "../local/progress";
import { runNpm } from "../local/run-npm";

/** Builds for production, unless the sources have not changed since the last build. */
export async function buildIfChanged(root: string): Promise<void> {
  if (isBuildCurrent()) return;
  await step(
    "Building (npm run build)",
    () => runNpm(root, ["run", "build"]),
    () => "Built",
  );
}
