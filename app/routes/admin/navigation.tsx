import { NavLink } from "@remix-run/react";
import clsx from "clsx";
import {
  History,
  KeyRound,
  Hourglass,
  LayoutDashboard,
  MessagesSquare,
  ScrollText,
  TriangleAlert,
  Users,
  type LucideIcon,
} from "lucide-react";
import {
  MANAGE_TOKENS,
  MANAGE_USERS,
  may,
  READ,
  type Right,
  type UserRole,
} from "~/accounts/rights";
import { formatCompact, formatCount } from "~/lib/format";

const FAILURES_PATH = "/admin/failures";

interface NavigationPage {
  label: string;
  to: string;
  icon: LucideIcon;
  right?: Right;
}

const groups: Array<{ label: string; pages: NavigationPage[] }> = [
  {
    label: "Views",
    pages: [
      { label: "Overview", to: "/admin", icon: LayoutDashboard },
      { label: "Topics", to: "/admin/topics", icon: MessagesSquare },
    ],
  },
  {
    label: "Syncs",
    pages: [
      { label: "Pending", to: "/admin/pending", icon: Hourglass },
      { label: "Failures", to: FAILURES_PATH, icon: TriangleAlert },
      { label: "Runs", to: "/admin/runs", icon: History },
    ],
  },
  {
    label: "Administration",
    pages: [
      { label: "Audit log", to: "/admin/audit", icon: ScrollText },
      { label: "Users", to: "/admin/users", icon: Users, right: MANAGE_USERS },
      { label: "Tokens", to: "/admin/tokens", icon: KeyRound, right: MANAGE_TOKENS },
    ],
  },
];

export interface NavigationProps {
  role: UserRole;
  /** The number of failing and parked targets; null when it is not known. */
  failures: number | null;
}

export function Navigation({ role, failures }: NavigationProps) {
  return (
    <nav aria-label="Main" className="space-y-4">
      {groups.map(({ label: group, pages }) => (
        <div key={group}>
          <p aria-hidden className="px-2.5 pb-1 text-xs font-medium text-ink-muted">
            {group}
          </p>
          <ul aria-label={group} className="space-y-0.5">
            {pages
              .filter(({ right = READ }) => may({ role }, right))
              .map(({ label, to, icon: Icon }) => (
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
                    {to === FAILURES_PATH && <FailuresCount failures={failures} />}
                  </NavLink>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

/** Not shown when nothing is failing. */
export function FailuresCount({ failures }: Pick<NavigationProps, "failures">) {
  if (failures === null || failures === 0) return null;
  return (
    <span
      title={`${formatCount(failures, "target")} failing or parked`}
      className="rounded-full border border-danger-line bg-danger-soft px-1.5 text-xs tabular-nums text-danger-text"
    >
      {formatCompact(failures)}
      <span className="sr-only"> failing or parked</span>
    </span>
  );
}
