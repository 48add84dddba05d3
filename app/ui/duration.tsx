import { formatDuration } from "~/lib/format";

/** How long something took; a dash for what has not ended. */
export function Duration({ milliseconds }: { milliseconds: number | null }) {
  if (milliseconds === null) return <span aria-label="not finished">–</span>;
  return (
    <time
      dateTime={`PT${(milliseconds / 1_000).toFixed(3)}S`}
      className="whitespace-nowrap tabular-nums"
    >
      {formatDuration(milliseconds)}
    </time>
  );
}
