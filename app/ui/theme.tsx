import { useFetcher, useFetchers, useLocation, useRouteLoaderData } from "@remix-run/react";
import clsx from "clsx";
import { Monitor, Moon, Sun } from "lucide-react";
import { isTheme, type Theme } from "~/lib/theme";

const choices = [
  { theme: "light", label: "Light theme", icon: Sun },
  { theme: "dark", label: "Dark theme", icon: Moon },
  { theme: "system", label: "System theme", icon: Monitor },
] as const;

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
    <form
      method="post"
      action="/theme"
      className="inline-flex gap-0.5 rounded-lg border bg-surface-muted p-0.5"
      onSubmit={(event) => {
        const { submitter } = event.nativeEvent as SubmitEvent;
        if (!(submitter instanceof HTMLButtonElement)) return;
        event.preventDefault();
        fetcher.submit({ theme: submitter.value }, { method: "post", action: "/theme" });
      }}
    >
      {/* Where the form leads back to when it is sent without JavaScript. */}
      <input type="hidden" name="page" value={`${pathname}${search}`} />
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
