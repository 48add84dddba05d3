import clsx from "clsx";
import type { ReactNode } from "react";

export interface CardProps {
  title?: ReactNode;
  /** A line under the title. */
  description?: ReactNode;
  /** To the right of the title: a link or a small button. */
  action?: ReactNode;
  /** For links to this part of its page. */
  id?: string;
  /** Without padding, for tables that reach the edges. */
  flush?: boolean;
  children?: ReactNode;
}

export function Card({ title, description, action, id, flush = false, children }: CardProps) {
  return (
    <section id={id} className="min-w-0 scroll-mt-14 rounded-lg border bg-surface">
      {(title !== undefined || action !== undefined) && (
        <header
          className={clsx(
            "flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 pt-3.5 sm:px-5",
            flush && "border-b pb-3.5",
          )}
        >
          <div className="min-w-0">
            {title !== undefined && <h2 className="font-semibold">{title}</h2>}
            {description !== undefined && (
              <p className="mt-0.5 text-xs text-ink-muted">{description}</p>
            )}
          </div>
          {action}
        </header>
      )}
      {flush ? children : <div className="px-4 py-4 sm:px-5">{children}</div>}
    </section>
  );
}
