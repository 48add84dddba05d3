import { redirect, type ActionFunctionArgs } from "@remix-run/node";
import { setFlash } from "~/server/flash.server";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { getUser, sessionToken } from "~/server/guards.server";

export function loader() {
  return redirect("/admin");
}

/** Signs out of this browser, or of all browsers with the intent `everywhere`. */
export async function action({ request, context }: ActionFunctionArgs) {
  const { sessions, cookies } = context.services;
  const user = await getUser({ request, context });
  const isEverywhere = (await readForm(request, SMALL_FORM)).get("intent") === "everywhere";
  const token = await sessionToken({ request, context });
  if (user && isEverywhere) await sessions.endAll(user);
  else if (token !== undefined) await sessions.end(token);
  const text = isEverywhere ? "You are signed out everywhere." : "You are signed out.";
  const headers = await setFlash(context, { kind: "info", text });
  headers.append("Set-Cookie", await cookies.session.serialize("", { maxAge: 0 }));
  return redirect("/login", { headers });
}
