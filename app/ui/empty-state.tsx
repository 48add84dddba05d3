import { Inbox, SearchX, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

export interface EmptyStateProps {
  /** `nothing-matches`: there are rows, but the filter hides them all. */
  kind?: "nothing-yet" | "nothing-matches";
  icon?: LucideIcon;
  title: string;
  /** What to do next. */
  children?: ReactNode;
  /** A link or a form to do it. */
  action?: ReactNode;
}

export function EmptyState({
  kind = "nothing-yet",
  icon: Icon = kind === "nothing-yet" ? Inbox : SearchX,
  title,
  children,
  action,
}: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center px-6 py-12 text-center">
      <span className="flex size-11 items-center justify-center rounded-full border bg-surface-muted text-ink-muted">
        <Icon aria-hidden className="size-5" />
      </span>
      <p className="mt-3 font-semibold">{title}</p>
      {children !== undefined && <div className="mt-1 max-w-md text-ink-muted">{children}</div>}
      {action !== undefined && <div className="mt-4">{action}</div>}
    </div>
  );
}
