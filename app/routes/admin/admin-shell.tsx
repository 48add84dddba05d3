import { Link, useLocation } from "@remix-run/react";
import { Menu } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import { buttonClass } from "~/ui/button";
import { useFoldingDetails } from "~/ui/use-folding-details";
import { LiveRefreshControl, type LiveRefresh } from "~/ui/live-refresh";
import { Navigation } from "./navigation";
import { Shortcuts } from "./shortcuts";
import { ThemeSwitch } from "~/ui/theme-switch";
import { UserMenu } from "./user-menu";

export interface AdminShellProps {
  user: { email: string; role: "operator" | "admin" };
  daoSlug: string;
  failures: number | null;
  refresh: LiveRefresh;
  children: ReactNode;
}

/** What surrounds every page: navigation, account, live refresh. */
export function AdminShell({ user, daoSlug, failures, refresh, children }: AdminShellProps) {
  const main = useFocusOnNewPage();
  const menu = useFoldingDetails();
  const { key } = useLocation();
  const navigation = <Navigation role={user.role} failures={failures} />;
  return (
    <>
      <a
        href="#main"
        className="fixed left-3 top-3 z-50 -translate-y-20 rounded-md bg-accent px-4 py-2 font-medium text-accent-on focus:translate-y-0"
      >
        Skip to content
      </a>
      <div className="lg:grid lg:min-h-screen lg:grid-cols-[14.5rem_minmax(0,1fr)]">
        <aside className="hidden border-r bg-surface lg:block">
          <div className="sticky top-0 flex h-screen flex-col items-stretch overflow-y-auto px-3 py-4">
            <Brand daoSlug={daoSlug} />
            <div className="mt-5 flex-1">{navigation}</div>
            <div className="px-1.5 pt-4">
              <ThemeSwitch />
            </div>
          </div>
        </aside>
        <div className="min-w-0">
          <header className="sticky top-0 z-20 border-b bg-surface/95 backdrop-blur">
            <div className="mx-auto flex h-12 max-w-page items-center gap-2 px-4 sm:px-6">
              {/* A new key with every page folds the menu after its link was followed. */}
              <details key={key} ref={menu} className="group lg:hidden">
                <summary className={buttonClass({ variant: "ghost", size: "sm" })}>
                  <Menu aria-hidden className="size-4" />
                  <span>Menu</span>
                </summary>
                <div className="absolute inset-x-0 top-full border-b bg-surface p-4 shadow-lg">
                  {navigation}
                  <div className="mt-4 border-t pt-4">
                    <ThemeSwitch />
                  </div>
                </div>
              </details>
              <div className="min-w-0 lg:hidden">
                <Brand daoSlug={daoSlug} compact />
              </div>
              <div className="ml-auto flex min-w-0 items-center gap-1 sm:gap-2">
                <LiveRefreshControl refresh={refresh} />
                <Shortcuts role={user.role} />
                <UserMenu {...user} />
              </div>
            </div>
          </header>
          <main
            id="main"
            ref={main}
            tabIndex={-1}
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

/**
 * Where JavaScript changes the page in place, the focus would stay on a link that may be gone and
 * nothing would be read out. Filters and pages of a list keep the path, and with it the focus.
 */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const previous = useRef(pathname);
  useEffect(() => {
    if (previous.current === pathname) return;
    previous.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}
