import { createCookie, type Cookie } from "@remix-run/node";
import { SESSION_SECONDS } from "~/accounts/sessions.server";

/**
 * A signed cookie that scripts cannot read and other sites' forms do not send. On https its name makes
 * browsers refuse it from anybody but this very host.
 */
export function createSignedCookie(
  name: string,
  { appOrigin, secret, maxAge }: { appOrigin: string; secret: string; maxAge: number },
): Cookie {
  const secure = appOrigin.startsWith("https:");
  return createCookie(secure ? `__Host-${name}` : name, {
    httpOnly: true,
    maxAge,
    path: "/",
    sameSite: "lax",
    secrets: [secret],
    secure,
  });
}

export interface Cookies {
  /** Holds the token of a session. */
  session: Cookie;
  /** Holds one message for the next page. */
  flash: Cookie;
}

export function createCookies(env: { APP_ORIGIN: string; SESSION_SECRET: string }): Cookies {
  const common = { appOrigin: env.APP_ORIGIN, secret: env.SESSION_SECRET };
  return {
    session: createSignedCookie("fv_session", { ...common, maxAge: SESSION_SECONDS }),
    flash: createSignedCookie("fv_flash", { ...common, maxAge: 60 }),
  };
}
