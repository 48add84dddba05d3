import { useFetchers, useRouteLoaderData } from "@remix-run/react";

export const themes = ["light", "dark", "system"] as const;
export type Theme = (typeof themes)[number];

export function isTheme(value: unknown): value is Theme {
  return themes.some((theme) => theme === value);
}

/** The chosen theme, at once when a choice is still on its way to the server. */
export function useTheme(): Theme {
  const data = useRouteLoaderData<{ theme: Theme }>("root");
  const pending = useFetchers().find((fetcher) => fetcher.formAction === "/theme");
  const chosen = pending?.formData?.get("theme");
  return isTheme(chosen) ? chosen : (data?.theme ?? "system");
}
