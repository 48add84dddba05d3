import { createCookie } from "@remix-run/node";
import { isTheme, type Theme } from "~/lib/theme";

const ONE_YEAR_SECONDS = 365 * 24 * 3_600;

/** Neither secret nor a risk when forged, so that it needs no signature. */
const cookie = createCookie("fv_theme", {
  httpOnly: true,
  maxAge: ONE_YEAR_SECONDS,
  path: "/",
  sameSite: "lax",
});

export async function readTheme(request: Request): Promise<Theme> {
  const value: unknown = await cookie.parse(request.headers.get("Cookie"));
  return isTheme(value) ? value : "system";
}

export async function themeHeaders(theme: Theme): Promise<Headers> {
  return new Headers({ "Set-Cookie": await cookie.serialize(theme) });
}
