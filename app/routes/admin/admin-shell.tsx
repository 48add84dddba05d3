import { Form, Link, useLocation } from "@remix-run/react";
import { ChevronDown, CircleUser, LogOut, Menu, ScrollText } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import type { UserRole } from "~/accounts/rights";
import { buttonClass } from "~/ui/button";
import { FoldingMenu } from "~/ui/folding-menu";
import { RoleBadge } from "./status-badge";
import { useHydrated } from "~/ui/use-hydrated";
import { LiveRefreshControl, type LiveRefresh } from "~/ui/live-refresh";
import { FLASH } from "~/ui/flash-message";
import { FailuresCount, Navigation } from "./navigation";
import { ThemeSwitch } from "~/ui/theme";

export interface AdminShellProps {
  /** Null while it is not known who is signed in. */
  user: { name: string; role: UserRole } | null;
  daoSlug: string;
  failures: number | null;
  refresh: LiveRefresh;
  children: ReactNode;
}

/** The frame of every page: navigation, account, live refresh. */
export function AdminShell({ user, daoSlug, failures, refresh, children }: AdminShellProps) {
  const main = useFocusOnNewPage();
  const navigation = <Navigation role={user?.role ?? "operator"} failures={failures} />;
  return (
    <>
      <a
        href="#main"
        className="fixed left-3 top-3 z-50 -translate-y-20 rounded-md bg-accent px-4 py-2 font-medium text-accent-on focus:translate-y-0 print:hidden"
      >
        Skip to content
      </a>
      <div className="lg:grid lg:min-h-screen lg:grid-cols-[14.5rem_minmax(0,1fr)] print:block">
        <aside className="hidden border-r bg-surface lg:block print:hidden">
          <div className="sticky top-0 flex h-screen flex-col items-stretch overflow-y-auto px-3 py-4">
            <Brand daoSlug={daoSlug} />
            <div className="mt-5 flex-1">{navigation}</div>
            <div className="px-1.5 pt-4">
              <ThemeSwitch />
            </div>
          </div>
        </aside>
        <div className="min-w-0">
          <header className="sticky top-0 z-20 border-b bg-surface/95 backdrop-blur print:hidden">
            <div className="mx-auto flex h-12 max-w-page items-center gap-2 px-4 sm:px-6">
              <FoldingMenu
                className="lg:hidden"
                summaryClass={buttonClass({ variant: "ghost", size: "sm" })}
                summary={
                  <>
                    <Menu aria-hidden className="size-4" />
                    <span>Menu</span>
                    <FailuresCount failures={failures} />
                  </>
                }
              >
                <div className="absolute inset-x-0 top-full border-b bg-surface p-4 shadow-lg">
                  {navigation}
                  <div className="mt-4 border-t pt-4">
                    <ThemeSwitch />
                  </div>
                </div>
              </FoldingMenu>
              <div className="min-w-0 lg:hidden">
                <Brand daoSlug={daoSlug} compact />
              </div>
              <div className="ml-auto flex shrink-0 items-center gap-1 sm:gap-2">
                <LiveRefreshControl refresh={refresh} />
                {user && <UserMenu {...user} />}
              </div>
            </div>
          </header>
          <main
            id="main"
            ref={main}
            tabIndex={-1}
            // For tests, which do not click or type before the page is hydrated.
            data-hydrated={useHydrated()}
            className="mx-auto max-w-page px-4 py-6 outline-none sm:px-6"
          >
            {children}
          </main>
        </div>
      </div>
    </>
  );
}

function Brand({ daoSlug, compact = false }: { daoSlug: string; compact?: boolean }) {
  return (
    <Link to="/admin" className="flex min-h-8 items-center gap-2.5 rounded-md px-1.5">
      <img src="/favicon.svg" alt="" width={24} height={24} className="size-6 shrink-0" />
      <span className="min-w-0 leading-tight">
        {!compact && <span className="block font-semibold tracking-tight">Forum Views</span>}
        <span
          className={
            compact ? "block truncate font-semibold" : "block truncate text-xs text-ink-muted"
          }
        >
          {compact && <span className="sr-only">Forum Views, </span>}
          {daoSlug}
        </span>
      </span>
    </Link>
  );
}

const itemClass =
  "flex w-full items-center gap-2.5 rounded-md px-2.5 py-2 text-left font-medium hover:bg-surface-muted";

function UserMenu({ name, role }: NonNullable<AdminShellProps["user"]>) {
  return (
    <FoldingMenu
      className="group relative"
      summaryClass="flex min-h-8 cursor-pointer items-center gap-1.5 rounded-md px-1.5 text-ink-muted hover:bg-surface-muted hover:text-ink group-open:bg-surface-muted"
      summary={
        <>
          <span
            aria-hidden
            className="flex size-6 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold uppercase text-accent-text"
          >
            {name.slice(0, 1)}
          </span>
          <span className="sr-only">Account of </span>
          <span className="max-w-48 truncate text-xs font-medium max-md:sr-only">{name}</span>
          <ChevronDown aria-hidden className="size-3.5" />
        </>
      }
    >
      <div className="absolute right-0 top-full mt-1.5 w-64 rounded-lg border border-line-strong/50 bg-surface p-1.5 shadow-lg">
        <div className="mb-1.5 space-y-1.5 border-b px-2.5 pb-2.5 pt-1.5">
          <p className="text-xs font-medium [overflow-wrap:anywhere]">{name}</p>
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
    </FoldingMenu>
  );
}

/**
 * When JavaScript replaces the page, the focus would stay on a link that may be gone, and nothing would be
 * read out: so the focus moves to the heading. Filters and pages of a list keep the path, and then the focus
 * stays, too, unless its element is gone: the form of a dialog, or a link to a page that no longer exists. In
 * that case the focus moves to the message, or to the heading.
 */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null);
  const { pathname, key } = useLocation();
  const previous = useRef({ pathname, key });
  useEffect(() => {
    const isOther = previous.current.pathname !== pathname;
    const isLost = previous.current.key !== key && document.activeElement === document.body;
    previous.current = { pathname, key };
    if (!isOther && !isLost) return;
    const message = document.getElementById(FLASH);
    const target = message?.hasChildNodes() ? message : main.current?.querySelector("h1");
    (target ?? main.current)?.focus({ preventScroll: true });
  }, [pathname, key]);
  return main;
}
