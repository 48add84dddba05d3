import { BarTable } from "~/routes/admin/bar-table";
import { Card } from "~/ui/card";
import type { presentTopTopics } from "./load.server";

type Kinds = Awaited<ReturnType<typeof presentTopTopics>>["kinds"];

const labels: Record<Kinds[number]["kind"], string> = {
  wallet: "Counted, with a wallet",
  anonymous: "Counted, without a wallet",
  duplicate: "Not counted: seen by the viewer before",
  bot: "Not counted: a bot",
  capped: "Not counted: too many from one network",
};

/** How many requests to count were counted, and why others were not. Not shown before the first request. */
export function ViewsByKind({ kinds }: { kinds: Kinds }) {
  if (kinds.every(({ views }) => views === 0)) return null;
  return (
    <Card
      title="Views by kind"
      description="By the UTC day on which they came in; a crash may have lost a few of these numbers"
    >
      <BarTable
        caption="Views by kind"
        noun="Kind"
        rows={kinds.map(({ kind, views }) => ({
          key: kind,
          label: <span className="block truncate">{labels[kind]}</span>,
          views,
          previous: 0,
        }))}
        isCompared={false}
      />
    </Card>
  );
}
