import { createCookie, type Cookie } from "@remix-run/node";
import { SESSION_SECONDS } from "~/accounts/sessions.server";
import { CHALLENGE_SECONDS } from "~/accounts/wallet-sign-in.server";

/** Seconds that somebody may take at the organisation's sign-in page. */
const OPENID_SECONDS = 900;
const FLASH_SECONDS = 60;

/**
 * Signed cookies that scripts cannot read and other sites' forms do not send. On https their names make
 * browsers refuse them from anybody but this very host.
 */
export function createCookies(env: { APP_ORIGIN: string; SESSION_SECRET: string }) {
  const secure = env.APP_ORIGIN.startsWith("https:");
  const signed = (name: string, maxAge: number): Cookie =>
    createCookie(secure ? `__Host-${name}` : name, {
      httpOnly: true,
      maxAge,
      path: "/",
      sameSite: "lax",
      secrets: [env.SESSION_SECRET],
      secure,
    });
  return {
    /** Holds the token of a session. */
    session: signed("fv_session", SESSION_SECONDS),
    /** Holds the nonce of the message that this browser's wallet is to sign. */
    wallet: signed("fv_wallet", CHALLENGE_SECONDS),
    /** Holds what the answer of the organisation's sign-in has to match, and the page to go to afterwards. */
    openId: signed("fv_openid", OPENID_SECONDS),
    /** Holds one message for the next page. */
    flash: signed("fv_flash", FLASH_SECONDS),
  };
}
