import { createCookie, type Cookie } from "@remix-run/node";
import { SESSION_SECONDS } from "~/accounts/sessions.server";
import { CHALLENGE_SECONDS } from "~/accounts/wallet-sign-in.server";

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

/** Seconds that somebody may take at the organisation's sign-in page. */
const OPENID_SECONDS = 900;

export interface Cookies {
  /** Holds the token of a session. */
  session: Cookie;
  /** Holds the nonce of the message that this browser's wallet is to sign. */
  wallet: Cookie;
  /** Holds what the answer of the organisation's sign-in has to match, and the page to go to afterwards. */
  openId: Cookie;
  /** Holds one message for the next page. */
  flash: Cookie;
}

export function createCookies(env: { APP_ORIGIN: string; SESSION_SECRET: string }): Cookies {
  const common = { appOrigin: env.APP_ORIGIN, secret: env.SESSION_SECRET };
  return {
    session: createSignedCookie("fv_session", { ...common, maxAge: SESSION_SECONDS }),
    wallet: createSignedCookie("fv_wallet", { ...common, maxAge: CHALLENGE_SECONDS }),
    openId: createSignedCookie("fv_openid", { ...common, maxAge: OPENID_SECONDS }),
    flash: createSignedCookie("fv_flash", { ...common, maxAge: 60 }),
  };
}
