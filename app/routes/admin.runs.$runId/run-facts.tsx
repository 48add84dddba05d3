import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { Duration } from "~/ui/duration";
import { KeyValueList } from "~/ui/key-value";
import { Num } from "~/ui/num";
import type { RunView } from "~/routes/admin.runs._index/runs-table";

export function RunFacts({ run }: { run: RunView }) {
  return (
    <Card title="Facts">
      <KeyValueList
        items={[
          { label: "Started", value: <DateTime value={run.startedAt} precision="second" /> },
          {
            label: "Ended",
            value:
              run.finishedAt === null ? (
                "still running"
              ) : (
                <DateTime value={run.finishedAt} precision="second" />
              ),
          },
          { label: "Duration", value: <Duration milliseconds={run.seconds * 1_000} /> },
          { label: "Targets", word: "target", value: <Num value={run.total} /> },
          { label: "Saved", value: <Num value={run.flushed} /> },
          { label: "Failed", word: "failing", value: <Num value={run.failed} /> },
          { label: "Views saved", word: "persisted", value: <Num value={run.views} /> },
          { label: "Taken over", value: <Num value={run.recovered} /> },
          {
            label: "Targets per second",
            value:
              run.targetsPerSecond === null ? (
                "–"
              ) : (
                <Num value={Math.round(run.targetsPerSecond)} />
              ),
          },
          {
            label: "Last batch",
            word: "batch",
            value: run.batch === null ? "none" : `#${run.batch}`,
          },
        ]}
      />
    </Card>
  );
}
