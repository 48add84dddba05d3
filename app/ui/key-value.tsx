import type { ReactNode } from "react";
import type { Word } from "~/lib/words";
import { Explain } from "./explain";

export interface KeyValueItem {
  label: string;
  word?: Word;
  value: ReactNode;
}

/** Facts side by side: label above value, as many in a row as fit. */
export function KeyValueList({ items }: { items: KeyValueItem[] }) {
  return (
    <dl className="grid grid-cols-[repeat(auto-fill,minmax(9rem,1fr))] gap-x-6 gap-y-4">
      {items.map(({ label, word, value }) => (
        <div key={label} className="min-w-0">
          <dt className="flex min-h-6 items-center text-xs font-medium text-ink-muted">
            {label}
            {word && <Explain word={word} />}
          </dt>
          <dd className="mt-0.5 tabular-nums [overflow-wrap:anywhere] [&_time]:whitespace-normal">
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
