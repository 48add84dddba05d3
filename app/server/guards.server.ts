/** What every loader and every action of the dashboard begins with. */
import { redirect, type AppLoadContext } from "@remix-run/node";
import { DependencyError } from "~/platform/dependency-error.server";
import { setFlash } from "./flash.server";
import { checkOrigin } from "./origin-check.server";
import { plainAnswer } from "./plain-answer";
import { loginPath } from "~/lib/redirect-to";
import { may, READ, type Right } from "~/accounts/rights";
import type { SignedInUser } from "~/accounts/sessions.server";

export type { SignedInUser } from "~/accounts/sessions.server";

export interface GuardedRequest {
  request: Request;
  context: AppLoadContext;
}

/** The token in the browser's session cookie; undefined when the cookie is not signed by us. */
export async function sessionToken(guarded: GuardedRequest): Promise<string | undefined> {
  const { session } = guarded.context.services.cookies;
  const token: unknown = await session.parse(guarded.request.headers.get("Cookie"));
  return typeof token === "string" ? token : undefined;
}

/**
 * Who is signed in, if anybody is. Whether they may still sign in, and their role, is read again for every
 * request.
 * @throws Response 403 for a change that another site asks for
 * @throws DependencyError when PostgreSQL is away
 */
export async function getUser(guarded: GuardedRequest): Promise<SignedInUser | undefined> {
  const { request, context } = guarded;
  const { env, sessions } = context.services;
  checkOrigin(request, env.APP_ORIGIN);
  const token = await sessionToken(guarded);
  return token === undefined ? undefined : sessions.find(token);
}

/**
 * Who is signed in and has this right.
 * @throws Response a redirect to the sign-in page, which leads back here; 403 for other roles
 */
export async function requireRight(
  { request, context }: GuardedRequest,
  right: Right,
): Promise<SignedInUser> {
  const user = await getUser({ request, context });
  if (!user) throw await leadToLogin({ request, context });
  if (may(user, right)) return user;
  throw plainAnswer(403, "Forbidden", right.refusal);
}

/** Tells a person whose session ended before a form arrived; the page has kept what was entered. */
async function leadToLogin({ request, context }: GuardedRequest): Promise<Response> {
  const isForm = request.method !== "GET" && request.method !== "HEAD";
  const text = "You were signed out before this was sent, so nothing was done. Sign in to send it.";
  const headers = isForm ? await setFlash(context, { kind: "error", text }) : new Headers();
  return redirect(loginPath(request), { headers });
}

/** For pages that everybody who is signed in may see. */
export function requireUser(guarded: GuardedRequest): Promise<SignedInUser> {
  return requireRight(guarded, READ);
}

/**
 * Null while PostgreSQL, which knows who is signed in, is away. Each page says so itself, and a browser with
 * one of our sessions keeps the navigation.
 */
export async function userIfKnown(guarded: GuardedRequest): Promise<SignedInUser | null> {
  try {
    return await requireUser(guarded);
  } catch (error) {
    const isAway = error instanceof DependencyError;
    if (isAway && (await sessionToken(guarded)) !== undefined) return null;
    throw error;
  }
}
