import { Form, Link, useLocation } from "@remix-run/react";
import { ChevronDown, CircleUser, LogOut, ScrollText } from "lucide-react";
import { RoleBadge } from "./status-badge";
import { useFoldingDetails } from "~/ui/use-folding-details";

export interface UserMenuProps {
  email: string;
  role: "operator" | "admin";
}

const itemClass =
  "flex w-full items-center gap-2.5 rounded-md px-2.5 py-2 text-left font-medium hover:bg-surface-muted";

/** A disclosure and not an ARIA menu: it holds links and a form, and works without JavaScript. */
export function UserMenu({ email, role }: UserMenuProps) {
  const details = useFoldingDetails();
  const { key } = useLocation();
  return (
    <details key={key} ref={details} className="group relative">
      <summary className="flex min-h-8 cursor-pointer items-center gap-1.5 rounded-md px-1.5 text-ink-muted hover:bg-surface-muted hover:text-ink group-open:bg-surface-muted">
        <span
          aria-hidden
          className="flex size-6 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold uppercase text-accent-text"
        >
          {email.slice(0, 1)}
        </span>
        <span className="sr-only">Account of </span>
        <span className="max-w-48 truncate text-xs font-medium max-md:sr-only">{email}</span>
        <ChevronDown aria-hidden className="size-3.5" />
      </summary>
      <div className="absolute right-0 top-full mt-1.5 w-64 rounded-lg border border-line-strong/50 bg-surface p-1.5 shadow-lg">
        <div className="mb-1.5 space-y-1.5 border-b px-2.5 pb-2.5 pt-1.5">
          <p className="text-xs font-medium [overflow-wrap:anywhere]">{email}</p>
          <RoleBadge role={role} />
        </div>
        <Link to="/admin/account" className={itemClass}>
          <CircleUser aria-hidden className="size-4 text-ink-muted" />
          Your account
        </Link>
        <a href="/docs/api" className={itemClass}>
          <ScrollText aria-hidden className="size-4 text-ink-muted" />
          API reference
        </a>
        <Form method="post" action="/logout">
          <button type="submit" className={itemClass}>
            <LogOut aria-hidden className="size-4 text-ink-muted" />
            Sign out
          </button>
        </Form>
      </div>
    </details>
  );
}
