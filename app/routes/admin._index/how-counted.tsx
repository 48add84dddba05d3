import type { SerializeFrom } from "@remix-run/node";
import type { ViewKind } from "~/counting/view-kinds.server";
import { formatDay } from "~/lib/format";
import { Card } from "~/ui/card";
import { KeyValueList } from "~/ui/key-value";
import { Num } from "~/ui/num";
import { RowTh, Table, Td, Th } from "~/ui/table";
import type { presentKinds } from "./load.server";

const labels: Array<[kind: ViewKind, label: string]> = [
  ["wallet", "Counted, of wallets"],
  ["anonymous", "Counted, of others"],
  ["duplicate", "Repeated"],
  ["capped", "Over the limit"],
  ["bot", "Of bots"],
];

/** What became of the views that were sent: counted, or not and why. */
export function HowCounted({
  kinds: { sums, days },
}: {
  kinds: SerializeFrom<typeof presentKinds>;
}) {
  if (days.length === 0) return null;
  return (
    <Card
      title="How views were counted"
      description="By the UTC day on which they were sent. Repeated ones, those over the limit of a network and those of bots are not counted. A crash may lose a few of these numbers, and never a view."
    >
      <KeyValueList
        items={labels.map(([kind, label]) => ({ label, value: <Num value={sums[kind]} /> }))}
      />
      <details className="mt-4">
        <summary className="min-h-target cursor-pointer text-ink-muted">
          The last days, one by one
        </summary>
        <Table label="Views by day and by how they were counted">
          <thead>
            <tr>
              <Th>Day</Th>
              {labels.map(([kind, label]) => (
                <Th key={kind} numeric>
                  {label}
                </Th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map((day) => (
              <tr key={day.day}>
                <RowTh>{formatDay(day.day)}</RowTh>
                {labels.map(([kind]) => (
                  <Td key={kind} numeric>
                    <Num value={day[kind]} />
                  </Td>
                ))}
              </tr>
            ))}
          </tbody>
        </Table>
      </details>
    </Card>
  );
}
