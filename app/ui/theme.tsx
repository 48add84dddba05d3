import { useFetcher, useFetchers, useLocation, useRouteLoaderData } from "@remix-run/react";
import clsx from "clsx";
import { Monitor, Moon, Sun, type LucideIcon } from "lucide-react";
import type { FormEventHandler } from "react";
import type { Theme } from "~/lib/theme";

const choices: Array<{ theme: Theme; label: string; icon: LucideIcon }> = [
  { theme: "light", label: "Light theme", icon: Sun },
  { theme: "dark", label: "Dark theme", icon: Moon },
  { theme: "system", label: "System theme", icon: Monitor },
];

export function isTheme(value: unknown): value is Theme {
  return choices.some(({ theme }) => theme === value);
}

/** The chosen theme, even while the choice is still being sent to the server. */
export function useTheme(): Theme {
  const data = useRouteLoaderData<{ theme: Theme }>("root");
  const pending = useFetchers().find((fetcher) => fetcher.formAction === "/theme");
  const chosen = pending?.formData?.get("theme");
  return isTheme(chosen) ? chosen : (data?.theme ?? "system");
}

/** With JavaScript the theme changes before the server has answered, without another page load. */
export function ThemeSwitch() {
  const fetcher = useFetcher();
  const current = useTheme();
  const { pathname, search } = useLocation();
  return (
    <ThemeForm
      current={current}
      page={`${pathname}${search}`}
      onSubmit={(event) => {
        const { submitter } = event.nativeEvent as SubmitEvent;
        if (!(submitter instanceof HTMLButtonElement)) return;
        event.preventDefault();
        fetcher.submit({ theme: submitter.value }, { method: "post", action: "/theme" });
      }}
    />
  );
}

export interface ThemeFormProps {
  current: Theme;
  /** Where the form leads back to when it is sent without JavaScript. */
  page: string;
  onSubmit?: FormEventHandler<HTMLFormElement>;
}

/** A form with three small buttons. */
export function ThemeForm({ current, page, onSubmit }: ThemeFormProps) {
  return (
    <form
      method="post"
      action="/theme"
      className="inline-flex gap-0.5 rounded-lg border bg-surface-muted p-0.5"
      onSubmit={onSubmit}
    >
      <input type="hidden" name="page" value={page} />
      {choices.map(({ theme, label, icon: Icon }) => (
        <button
          key={theme}
          type="submit"
          name="theme"
          value={theme}
          aria-label={label}
          aria-pressed={theme === current}
          title={label}
          className={clsx(
            "inline-flex size-7 items-center justify-center rounded-md border",
            theme === current
              ? "border-line bg-surface text-ink"
              : "border-transparent text-ink-muted hover:text-ink",
          )}
        >
          <Icon aria-hidden className="size-4" />
        </button>
      ))}
    </form>
  );
}
