import { Link } from "@remix-run/react";
import clsx from "clsx";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import type { Word } from "~/lib/words";
import { Explain } from "./explain";
import { toneText, type Tone } from "./tone";

export interface StatProps {
  label: string;
  /** Explains the number on demand. */
  word?: Word;
  /** Formatted for reading; a `<Num>` shows the full number on hover. */
  value: ReactNode;
  /** One line under the value that says what it means or since when. */
  hint?: ReactNode;
  icon?: LucideIcon;
  /** Colours the icon, and the value too where it calls for attention. */
  tone?: Tone;
  /** Makes the label a link to the page with the details. */
  to?: string;
}

/** One number of a `<StatGroup>`. */
export function Stat({ label, word, value, hint, icon: Icon, tone = "neutral", to }: StatProps) {
  return (
    <div className="relative flex min-w-0 flex-col rounded-lg border bg-surface px-4 py-3.5 has-[a:hover]:border-line-strong/60">
      <dt className="flex items-center justify-between gap-2 text-xs font-medium text-ink-muted">
        <span>
          {to === undefined ? (
            label
          ) : (
            <Link to={to} className="after:absolute after:inset-0 after:rounded-lg hover:text-ink">
              {label}
            </Link>
          )}
          {word && (
            <span className="relative">
              <Explain word={word} />
            </span>
          )}
        </span>
        {Icon && <Icon aria-hidden className={clsx("size-4 shrink-0", toneText[tone])} />}
      </dt>
      <dd
        className={clsx(
          "mt-1.5 truncate text-2xl font-semibold tabular-nums tracking-tight",
          tone === "warning" || tone === "danger" ? toneText[tone] : "text-ink",
        )}
      >
        {value}
      </dd>
      {hint !== undefined && <dd className="mt-1 text-xs text-ink-muted">{hint}</dd>}
    </div>
  );
}

/** `columns`: how many stand side by side on a wide screen. */
export function StatGroup({ columns = 4, children }: { columns?: 3 | 4; children: ReactNode }) {
  const wide = columns === 3 ? "lg:grid-cols-3" : "lg:grid-cols-4";
  return <dl className={clsx("grid grid-cols-2 gap-3 sm:grid-cols-3", wide)}>{children}</dl>;
}
