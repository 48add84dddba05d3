import { redirect, type LoaderFunctionArgs } from "@remix-run/node";
import {
  openIdChecksSchema,
  type OpenIdBeginning,
  type OpenIdResult,
} from "~/accounts/openid-sign-in.server";
import { z } from "zod";
import { safeRedirectTo } from "~/lib/redirect-to";
import { DependencyError } from "~/platform/dependency-error.server";
import { setFlash } from "~/server/flash.server";
import { sessionToken } from "~/server/guards.server";
import { waitText } from "./login/wait-text.server";

const cookieSchema = openIdChecksSchema.extend({ redirectTo: z.string() });

/** Redirects to the organisation's sign-in page. When that page sends the browser back, signs the user in. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const { searchParams } = new URL(request.url);
  if (!context.services.openIdSignIn) return redirect("/login");
  const isAnswer = ["code", "state", "error", "iss"].some((name) => searchParams.has(name));
  try {
    return await (isAnswer ? finish : begin)({ request, context });
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    context.services.logger.warn({ err: error }, "Nobody can sign in");
    return refuse(context, `${error.message}. Try again in a moment.`);
  }
}

type Asked = Pick<LoaderFunctionArgs, "request" | "context">;

async function begin({ request, context }: Asked): Promise<Response> {
  const { openIdSignIn, cookies, logger } = context.services;
  const redirectTo = safeRedirectTo(new URL(request.url).searchParams.get("redirectTo"));
  const begun = await openIdSignIn!.begin(context.clientIp);
  if (begun.kind === "began") {
    const cookie = await cookies.openId.serialize({ ...begun.checks, redirectTo });
    return redirect(begun.location, { headers: { "Set-Cookie": cookie } });
  }
  if (begun.kind === "issuer-away") {
    logger.warn({ reason: begun.reason }, "The organisation's sign-in cannot be reached");
  }
  return refuse(context, textOf(begun));
}

async function finish({ request, context }: Asked): Promise<Response> {
  const { openIdSignIn, cookies, logger } = context.services;
  const kept = cookieSchema.safeParse(
    await cookies.openId.parse(request.headers.get("Cookie")),
  ).data;
  if (!kept) return refuse(context, "This sign-in was not begun here, or too long ago. Try again.");
  const result = await openIdSignIn!.finish(
    { search: new URL(request.url).search, checks: kept },
    {
      ip: context.clientIp,
      userAgent: request.headers.get("User-Agent"),
      replacedToken: await sessionToken({ request, context }),
    },
  );
  if (result.kind === "signed-in") {
    const headers = new Headers();
    headers.append("Set-Cookie", await cookies.session.serialize(result.token));
    headers.append("Set-Cookie", await cookies.openId.serialize("", { maxAge: 0 }));
    return redirect(safeRedirectTo(kept.redirectTo), { headers });
  }
  if ("reason" in result)
    logger.warn({ reason: result.reason }, "An organisation's sign-in failed");
  return refuse(context, textOf(result));
}

async function refuse(context: Asked["context"], text: string): Promise<Response> {
  const headers = await setFlash(context, { kind: "error", text });
  headers.append("Set-Cookie", await context.services.cookies.openId.serialize("", { maxAge: 0 }));
  return redirect("/login", { headers });
}

type Refusal =
  Exclude<OpenIdBeginning, { kind: "began" }> | Exclude<OpenIdResult, { kind: "signed-in" }>;

function textOf(refusal: Refusal): string {
  switch (refusal.kind) {
    case "limited":
      return `Too many attempts: wait ${waitText(refusal.retryAfter)}, then try again.`;
    case "issuer-away":
      return "Your organisation’s sign-in does not answer. Try again in a moment, or sign in another way.";
    case "refused":
      return "Your organisation’s sign-in was cancelled or refused. Nobody is signed in.";
    case "invalid":
      return "The answer of your organisation’s sign-in is not valid, or was used before. Try again.";
    case "unverified-email":
      return `Your organisation has not verified ${refusal.email}. Verify it there, or sign in another way.`;
    case "not-invited":
      return `${refusal.email ?? "You"} ${refusal.email === undefined ? "are" : "is"} not invited. Ask an admin to add the e-mail address.`;
  }
}
