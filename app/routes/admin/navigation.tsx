import { NavLink } from "@remix-run/react";
import clsx from "clsx";
import { formatCompact, formatCount } from "~/lib/format";
import { FAILURES_PATH, pagesFor } from "./pages";

export interface NavigationProps {
  role: "operator" | "admin";
  /** Failing and parked targets; null when nobody knows. */
  failures: number | null;
}

export function Navigation({ role, failures }: NavigationProps) {
  return (
    <nav aria-label="Main">
      <ul className="space-y-0.5">
        {pagesFor(role).map(({ label, to, icon: Icon }) => (
          <li key={to}>
            <NavLink
              to={to}
              end={to === "/admin"}
              className={({ isActive }) =>
                clsx(
                  "flex min-h-8 items-center gap-2.5 rounded-md px-2.5 py-1.5 font-medium",
                  isActive
                    ? "bg-accent-soft text-accent-text"
                    : "text-ink-muted hover:bg-surface-muted hover:text-ink",
                )
              }
            >
              <Icon aria-hidden className="size-4 shrink-0" />
              <span className="flex-1">{label}</span>
              {to === FAILURES_PATH && failures !== null && failures > 0 && (
                <span
                  title={`${formatCount(failures, "target")} failing or parked`}
                  className="rounded-full border border-danger-line bg-danger-soft px-1.5 text-xs tabular-nums text-danger-text"
                >
                  {formatCompact(failures)}
                  <span className="sr-only"> failing or parked</span>
                </span>
              )}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
