import { formatCompact, formatNumber } from "~/lib/format";

/** A number with separators; `compact` shortens it and shows the full number on hover. */
export function Num({ value, compact = false }: { value: number; compact?: boolean }) {
  const full = formatNumber(value);
  const short = compact ? formatCompact(value) : full;
  return (
    <span className="tabular-nums" title={short === full ? undefined : full}>
      {short}
    </span>
  );
}
