import { isBuildCurrent } from "../local/build-record.mjs";
import { step } from "../local/progress";
import { runNpm } from "../local/run-npm";

/** Builds for production, unless there is a build of the sources as they are. */
export async function buildIfChanged(root: string): Promise<void> {
  if (isBuildCurrent()) return;
  await step(
    "Building (npm run build)",
    () => runNpm(root, ["run", "build"]),
    () => "Built",
  );
}
