import { useHydrated } from "./use-hydrated";
import { useNow } from "./use-now";
import { formatDateTime, formatRelative, type DateTimePrecision } from "~/lib/format";

export interface DateTimeProps {
  /** ISO 8601. */
  value: string;
  precision?: DateTimePrecision;
  /** "3 min ago" instead of the time, with both zones on hover. */
  relative?: boolean;
}

const RELATIVE_INTERVAL_MS = 5_000;

/** A moment: in UTC from the server and without JavaScript, then in the viewer's zone, UTC on hover. */
export function DateTime({ value, precision = "minute", relative = false }: DateTimeProps) {
  const isHydrated = useHydrated();
  const date = new Date(value);
  const utc = formatDateTime(date, { zone: "utc", precision: "second" });
  const local = formatDateTime(date, { zone: "local", precision: "second" });
  const text = formatDateTime(date, { zone: isHydrated ? "local" : "utc", precision });
  return (
    <time
      dateTime={value}
      title={relative && isHydrated ? `${local} (${utc})` : utc}
      className="whitespace-nowrap tabular-nums"
    >
      {relative ? <Ago date={date} otherwise={text} /> : text}
    </time>
  );
}

function Ago({ date, otherwise }: { date: Date; otherwise: string }) {
  const now = useNow(RELATIVE_INTERVAL_MS);
  if (now === undefined) return otherwise;
  // The clock is rounded down, so that what has just happened may seem to be ahead of it.
  const atLeast = Math.min(date.getTime(), now + RELATIVE_INTERVAL_MS);
  return formatRelative(date, Math.max(now, atLeast)) ?? otherwise;
}
