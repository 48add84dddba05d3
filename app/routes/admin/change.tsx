import clsx from "clsx";
import { ArrowDownRight, ArrowRight, ArrowUpRight } from "lucide-react";
import { formatNumber, formatPercent } from "~/lib/format";

/** How a number of views compares with that of the period before. */
export function Change({ views, previous }: { views: number; previous: number }) {
  const difference = views - previous;
  const Icon = difference > 0 ? ArrowUpRight : difference < 0 ? ArrowDownRight : ArrowRight;
  return (
    <span
      title={`${formatNumber(previous)} in the period before`}
      className={clsx(
        "inline-flex items-center gap-0.5 whitespace-nowrap tabular-nums",
        difference > 0 && "text-success-text",
        difference < 0 && "text-danger-text",
        difference === 0 && "text-ink-muted",
      )}
    >
      <Icon aria-hidden className="size-3.5 shrink-0" />
      {changeText(views, previous)}
    </span>
  );
}

/** "+12.5%"; "new" where there was nothing before. */
function changeText(views: number, previous: number): string {
  if (views === previous) return "as before";
  if (previous === 0) return "new";
  const share = (views - previous) / previous;
  return `${share > 0 ? "+" : "−"}${formatPercent(Math.abs(share))}`;
}
