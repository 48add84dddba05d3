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

const RELATIVE_INTERVAL = 5_000;

/** A moment: in UTC from the server and without JavaScript, then in the viewer's zone, UTC on hover. */
export function DateTime({ value, precision = "minute", relative = false }: DateTimeProps) {
  return relative ? (
    <RelativeTime value={value} precision={precision} />
  ) : (
    <AbsoluteTime value={value} precision={precision} />
  );
}

function AbsoluteTime({ value, precision }: { value: string; precision: DateTimePrecision }) {
  const isHydrated = useHydrated();
  const date = new Date(value);
  return (
    <time
      dateTime={value}
      title={formatDateTime(date, { zone: "utc", precision: "second" })}
      className="whitespace-nowrap tabular-nums"
    >
      {formatDateTime(date, { zone: isHydrated ? "local" : "utc", precision })}
    </time>
  );
}

function RelativeTime({ value, precision }: { value: string; precision: DateTimePrecision }) {
  const now = useNow(RELATIVE_INTERVAL);
  const isHydrated = useHydrated();
  const date = new Date(value);
  const zone = isHydrated ? "local" : "utc";
  const utc = formatDateTime(date, { zone: "utc", precision: "second" });
  const local = formatDateTime(date, { zone: "local", precision: "second" });
  // The clock is rounded down, so that what has just happened may seem to be ahead of it.
  const atLeast = Math.min(date.getTime(), (now ?? 0) + RELATIVE_INTERVAL);
  const text = now === undefined ? undefined : formatRelative(date, Math.max(now, atLeast));
  return (
    <time
      dateTime={value}
      title={isHydrated ? `${local} (${utc})` : utc}
      className="whitespace-nowrap tabular-nums"
    >
      {text ?? formatDateTime(date, { zone, precision })}
    </time>
  );
}
