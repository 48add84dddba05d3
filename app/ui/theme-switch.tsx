import { useFetcher, useLocation } from "@remix-run/react";
import { ThemeForm } from "./theme-form";
import { useTheme } from "./theme";

/** With JavaScript the theme changes before the server has answered, and the page stays. */
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
