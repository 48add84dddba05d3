import { json, redirect, type ActionFunctionArgs } from "@remix-run/node";
import { isTheme } from "~/lib/theme";
import { checkOrigin } from "~/server/origin-check.server";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { themeHeaders } from "~/server/theme.server";
import { safeRedirectTo } from "~/lib/redirect-to";

export function loader() {
  return redirect("/admin");
}

/** Open to everybody: the sign-in page and the API reference have themes too. */
export async function action({ request, context }: ActionFunctionArgs) {
  checkOrigin(request, context.services.env.APP_ORIGIN);
  const form = await readForm(request, SMALL_FORM);
  const theme = form.get("theme");
  const headers = await themeHeaders(isTheme(theme) ? theme : "system");
  const page = form.get("page");
  // The form says from which page it was sent only without JavaScript.
  return typeof page === "string"
    ? redirect(pageOfOurs(page), { headers })
    : json(null, { headers });
}

function pageOfOurs(page: string): string {
  return /^\/(?:login|docs\/api)(\?[^\\\p{Cc}]*)?$/u.test(page) ? page : safeRedirectTo(page);
}
