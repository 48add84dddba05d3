import clsx from "clsx";
import { formatPercent } from "~/lib/format";

export interface ProgressBarProps {
  label: string;
  done: number;
  total: number;
  /** Read out in place of the percentage: "400 of 1,000 targets". */
  valueText?: string;
  tone?: "accent" | "success" | "warning" | "danger";
}

const fills = {
  accent: "bg-accent",
  success: "bg-chart-success",
  warning: "bg-chart-warning",
  danger: "bg-chart-danger",
};

export function ProgressBar({ label, done, total, valueText, tone = "accent" }: ProgressBarProps) {
  const share = total === 0 ? 0 : Math.min(1, done / total);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(share * 100)}
      aria-valuetext={valueText ?? formatPercent(share)}
      className="h-2.5 overflow-hidden rounded-full border border-line-strong/40 bg-surface-muted"
    >
      <div
        data-fill
        className={clsx("h-full rounded-full transition-[width] duration-500", fills[tone])}
        style={{ width: `${share * 100}%` }}
      />
    </div>
  );
}
