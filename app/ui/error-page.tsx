import { isRouteErrorResponse, useLocation } from "@remix-run/react";
import { RotateCw, SearchX, ServerCrash, ShieldX, type LucideIcon } from "lucide-react";
import { ButtonLink } from "./button";
import { useLiveRefresh } from "./use-live-refresh";

/** Milliseconds between two looks whether a server is back. */
const RETRY_INTERVAL_MS = 10_000;

interface Description {
  title: string;
  text: string;
  icon?: LucideIcon;
  /** Whether the same page is likely to work in a moment. */
  isPassing?: boolean;
}

const descriptions: Record<number, Description> = {
  401: {
    title: "Please sign in",
    text: "Your session has ended, or you have not signed in yet.",
    icon: ShieldX,
  },
  403: {
    title: "You may not do this",
    text: "Your account has no permission for this page or action. An admin can change your role.",
    icon: ShieldX,
  },
  404: {
    title: "Page not found",
    text: "There is nothing at this address. It may have been mistyped, or what it showed has been removed.",
    icon: SearchX,
  },
  429: {
    title: "Too many requests",
    text: "Wait a minute, then try again.",
    isPassing: true,
  },
  503: {
    title: "A server is not answering",
    text: "It cannot be reached right now. Counted views are safe; this page tries again by itself.",
    isPassing: true,
  },
};

const refused: Description = {
  title: "That did not work",
  text: "The server did not understand the request. Go back and try again.",
};

const unexpected: Description = {
  title: "Something went wrong",
  text: "The error has been logged. Try again, and tell the people who run this server if it happens again.",
  isPassing: true,
};

/** The server that the page needed, which is how its answer begins. Nothing else of the answer is shown. */
function serverName(data: unknown): string | undefined {
  if (typeof data !== "string") return undefined;
  return /^Redis\b/.test(data) ? "Redis" : /database\b/i.test(data) ? "PostgreSQL" : undefined;
}

/**
 * Stands in for a page that failed: what happened in plain words, and a way on. Never shows the text of an
 * error that was not meant for people.
 */
export function ErrorPage({ error }: { error: unknown }) {
  const answered = isRouteErrorResponse(error) ? error.status : 500;
  const known = descriptions[answered] ?? (answered < 500 ? refused : unexpected);
  const status = known === unexpected ? 500 : answered;
  const { text, icon: Icon = ServerCrash, isPassing } = known;
  const away = status === 503 && isRouteErrorResponse(error) ? serverName(error.data) : undefined;
  const title = away === undefined ? known.title : `${away} is not answering`;
  const { pathname, search } = useLocation();
  useLiveRefresh(RETRY_INTERVAL_MS, { enabled: status === 503 });
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-4 py-20 text-center">
      <span className="flex size-12 items-center justify-center rounded-full border bg-surface text-ink-muted">
        <Icon aria-hidden className="size-5" />
      </span>
      <p className="mt-4 text-xs font-medium text-ink-muted">Error {status}</p>
      <h1 tabIndex={-1} className="mt-1 text-xl font-semibold tracking-tight">
        {title}
      </h1>
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
