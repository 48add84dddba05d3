import { ChevronLeft } from "lucide-react";
import { Link } from "@remix-run/react";
import type { ReactNode } from "react";

export interface PageHeaderProps {
  title: ReactNode;
  /** One line that says what the page is for. */
  purpose?: ReactNode;
  /** A badge next to the title. */
  badge?: ReactNode;
  /** Buttons to the right, the primary one last. */
  actions?: ReactNode;
  back?: { label: string; to: string };
}

export function PageHeader({ title, purpose, badge, actions, back }: PageHeaderProps) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        {back && (
          <Link
            to={back.to}
            className="-ml-1 mb-1 inline-flex min-h-target items-center gap-0.5 rounded-sm pr-1 text-xs font-medium text-ink-muted hover:text-ink"
          >
            <ChevronLeft aria-hidden className="size-3.5" />
            {back.label}
          </Link>
        )}
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1
            tabIndex={-1}
            className="text-xl font-semibold tracking-tight [overflow-wrap:anywhere]"
          >
            {title}
          </h1>
          {badge}
        </div>
        {purpose !== undefined && <p className="mt-1 max-w-3xl text-ink-muted">{purpose}</p>}
      </div>
      {actions !== undefined && (
        <div className="flex flex-wrap items-center gap-2 print:hidden">{actions}</div>
      )}
    </header>
  );
}
