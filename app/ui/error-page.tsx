import { useLocation } from "@remix-run/react";
import { RotateCw, SearchX, ServerCrash, ShieldX, type LucideIcon } from "lucide-react";
import { ButtonLink } from "./button";
import { useLiveRefresh } from "./use-live-refresh";
import { describeError } from "./describe-error";

const icons: Record<number, LucideIcon> = { 401: ShieldX, 403: ShieldX, 404: SearchX };

/** Milliseconds between two looks whether a server is back. */
const RETRY_INTERVAL = 10_000;

/** Stands in for a page that failed: what happened in plain words, and a way on. */
export function ErrorPage({ error }: { error: unknown }) {
  const { status, title, text, isPassing } = describeError(error);
  const { pathname, search } = useLocation();
  useLiveRefresh(RETRY_INTERVAL, { enabled: status === 503 });
  const Icon = icons[status] ?? ServerCrash;
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-4 py-20 text-center">
      <span className="flex size-12 items-center justify-center rounded-full border bg-surface text-ink-muted">
        <Icon aria-hidden className="size-5" />
      </span>
      <p className="mt-4 text-xs font-medium text-ink-muted">Error {status}</p>
      <h1 className="mt-1 text-xl font-semibold tracking-tight">{title}</h1>
      <p className="mt-2 text-ink-muted">{text}</p>
      <div className="mt-6 flex flex-wrap justify-center gap-2">
        {isPassing && (
          <ButtonLink to={`${pathname}${search}`} reloadDocument icon={RotateCw} variant="primary">
            Try again
          </ButtonLink>
        )}
        {status === 401 ? (
          <ButtonLink to="/login" variant="primary">
            Sign in
          </ButtonLink>
        ) : (
          <ButtonLink to="/admin">Go to the overview</ButtonLink>
        )}
      </div>
    </div>
  );
}
