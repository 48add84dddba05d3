/** What every loader and every action of the dashboard begins with. */
import { redirect, type AppLoadContext } from "@remix-run/node";
import { checkOrigin } from "./origin-check.server";
import { pageUnavailable } from "./page-unavailable.server";
import { loginPath } from "~/lib/redirect-to";
import type { SignedInUser } from "~/accounts/sessions.server";

export type { SignedInUser } from "~/accounts/sessions.server";

export interface GuardedRequest {
  request: Request;
  context: AppLoadContext;
}

/** The token of the session that the browser says it has; undefined when the cookie is not ours. */
export async function sessionToken({
  request,
  context,
}: GuardedRequest): Promise<string | undefined> {
  const { cookies } = context.services;
  const token: unknown = await cookies.session.parse(request.headers.get("Cookie"));
  return typeof token === "string" ? token : undefined;
}

/**
 * Who is signed in, if anybody is. Whether they still may, and as what, is read anew for every request.
 * @throws Response 403 for a change that another site asks for; 503 when PostgreSQL is away
 */
export async function getUser({
  request,
  context,
}: GuardedRequest): Promise<SignedInUser | undefined> {
  const { env, sessions, logger } = context.services;
  checkOrigin(request, env.APP_ORIGIN);
  const token = await sessionToken({ request, context });
  if (token === undefined) return undefined;
  try {
    return await sessions.find(token);
  } catch (error) {
    throw pageUnavailable(error, logger);
  }
}

/**
 * The same for pages that nobody sees who is not signed in.
 * @throws Response a redirect to the sign-in page, which leads back here
 */
export async function requireUser({ request, context }: GuardedRequest): Promise<SignedInUser> {
  const user = await getUser({ request, context });
  if (!user) throw redirect(loginPath(request));
  return user;
}

/**
 * The same for what only admins may see or do.
 * @throws Response 403 for operators
 */
export async function requireAdmin({ request, context }: GuardedRequest): Promise<SignedInUser> {
  const user = await requireUser({ request, context });
  if (user.role === "admin") return user;
  throw new Response("Only admins may do this", {
    status: 403,
    statusText: "Forbidden",
    headers: { "Content-Type": "text/plain; charset=utf-8" },
  });
}
