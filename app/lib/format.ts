const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const oneDecimal = new Intl.NumberFormat("en", {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

/** 1234567 as "1,234,567". */
export function formatNumber(value: number): string {
  return whole.format(value);
}

/** 1234567 as "1.2M". */
export function formatCompact(value: number): string {
  return compact.format(value);
}

/** 0.125 as "12.5%". */
export function formatPercent(share: number): string {
  return percent.format(share);
}

/** A part of a whole: 0.02 as "2.0%"; a part too small to show that way as "<0.1%". */
export function formatShare(share: number): string {
  return share > 0 && share < 0.001 ? "<0.1%" : oneDecimal.format(share);
}

/** "1 target", "1,234 targets". */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

const units = [
  { unit: "d", size: 86_400 },
  { unit: "h", size: 3_600 },
  { unit: "min", size: 60 },
  { unit: "s", size: 1 },
];

/** Milliseconds as "840 ms", "4.2 s", "3 min 5 s", "2 h 4 min" or "3 d 2 h". */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1_000;
  if (seconds < 10) return `${(Math.floor(seconds * 10) / 10).toFixed(1)} s`;
  const index = units.findIndex(({ size }) => seconds >= size);
  const { unit, size } = units[index]!;
  const whole = `${Math.floor(seconds / size)} ${unit}`;
  const next = units[index + 1];
  const rest = next ? Math.floor((seconds % size) / next.size) : 0;
  return next && rest > 0 ? `${whole} ${rest} ${next.unit}` : whole;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export type DateTimePrecision = "day" | "minute" | "second";

/**
 * "22 Nov 2025, 15:04 UTC", or in the viewer's own zone "22 Nov 2025, 16:04 UTC+1". Put together by hand
 * because Node and browsers disagree about the punctuation of Intl, which would break hydration.
 */
export function formatDateTime(
  date: Date,
  { zone, precision = "minute" }: { zone: "utc" | "local"; precision?: DateTimePrecision },
): string {
  const isUtc = zone === "utc";
  const offsetMinutes = isUtc ? 0 : -date.getTimezoneOffset();
  const shown = new Date(date.getTime() + offsetMinutes * 60_000);
  const day = `${shown.getUTCDate()} ${months[shown.getUTCMonth()]} ${shown.getUTCFullYear()}`;
  if (precision === "day") return day;
  const [, time = ""] = shown.toISOString().split("T");
  const shortened = time.slice(0, precision === "second" ? "15:04:05".length : "15:04".length);
  return `${day}, ${shortened} ${isUtc ? "UTC" : formatLocalZone(date)}`;
}

/** The viewer's time zone at this moment: "UTC", "UTC+9", "UTC-3:30". */
export function formatLocalZone(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const distance = Math.abs(minutes);
  const rest = distance % 60 === 0 ? "" : `:${String(distance % 60).padStart(2, "0")}`;
  return `UTC${minutes < 0 ? "-" : "+"}${Math.floor(distance / 60)}${rest}`;
}

/** "2025-11-22" as "22 Nov 2025", or as "22 Nov" for an axis. */
export function formatDay(day: string, length: "full" | "short" = "full"): string {
  const text = formatDateTime(new Date(`${day}T00:00:00Z`), { zone: "utc", precision: "day" });
  return length === "full" ? text : text.slice(0, -" 2025".length);
}

/** Two days as "31 Oct – 27 Nov 2026"; a single day as just that day. */
export function formatDays({ from, to }: { from: string; to: string }): string {
  if (from === to) return formatDay(to);
  const isOneYear = from.slice(0, "2026".length) === to.slice(0, "2026".length);
  return `${formatDay(from, isOneYear ? "short" : "full")} – ${formatDay(to)}`;
}

/** "2025-11" as "Nov 2025". */
export function formatMonth(month: string): string {
  return formatDay(`${month}-01`).slice("1 ".length);
}

/**
 * How long ago something was: "just now", "25 s ago", "3 min ago"; undefined from 30 days on, where a date
 * says more. A time in the future, by a clock that is ahead, counts as just now.
 */
export function formatRelative(date: Date, now: number): string | undefined {
  const distance = Math.round((now - date.getTime()) / 1_000);
  if (distance < 5) return "just now";
  if (distance >= 30 * 86_400) return undefined;
  const { unit, size } = units.find((one) => distance >= one.size)!;
  return `${Math.floor(distance / size)} ${unit} ago`;
}
