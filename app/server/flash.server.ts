/** One message that an action leaves for the page that it redirects to. */
import { randomBytes } from "node:crypto";
import { redirect, type AppLoadContext, type TypedResponse } from "@remix-run/node";
import { z } from "zod";

const flashSchema = z.object({
  /** Tells two messages with the same text apart. */
  id: z.string(),
  kind: z.enum(["success", "info", "error"]),
  text: z.string(),
  /** Where to read more about it. */
  link: z.object({ label: z.string(), to: z.string() }).optional(),
});

export type FlashMessage = z.output<typeof flashSchema>;

const LONGEST_TEXT = 500;
/** Browsers drop a cookie of more than 4,096 bytes, and servers refuse a request with several large ones. */
const LONGEST_COOKIE = 3_800;

type Context = Pick<AppLoadContext, "services">;

/** Adds the cookie with the message to the headers of a redirect. A text that is too long is cut. */
export async function setFlash(
  context: Context,
  message: Omit<FlashMessage, "id">,
  headers = new Headers(),
): Promise<Headers> {
  const id = randomBytes(6).toString("base64url");
  for (let length = LONGEST_TEXT; ; length = Math.floor(length / 2)) {
    const cookie = await context.services.cookies.flash.serialize({
      ...message,
      id,
      text: cut(message.text, length),
    });
    if (cookie.length > LONGEST_COOKIE) continue;
    headers.append("Set-Cookie", cookie);
    return headers;
  }
}

/** Post, redirect, get: redirects to a page of ours, which then shows the result. */
export async function redirectWithFlash(
  context: Context,
  location: string,
  message: Omit<FlashMessage, "id">,
): Promise<TypedResponse<never>> {
  return redirect(location, { headers: await setFlash(context, message) });
}

/** The message for this page, and the headers that delete it from the browser. */
export async function readFlash({
  request,
  context,
}: {
  request: Request;
  context: Context;
}): Promise<{ message: FlashMessage | undefined; headers: Headers }> {
  const { flash } = context.services.cookies;
  const headers = new Headers();
  const value: unknown = await flash.parse(request.headers.get("Cookie"));
  if (value === null) return { message: undefined, headers };
  headers.append("Set-Cookie", await flash.serialize("", { maxAge: 0 }));
  return { message: flashSchema.safeParse(value).data, headers };
}

function cut(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
