import type { LoaderFunctionArgs } from "@remix-run/node";
import { requireUser } from "~/server/guards.server";

/** Below /admin, so that a wrong address still shows the navigation to those who are signed in. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await requireUser({ request, context });
  throw new Response("Not Found", { status: 404, statusText: "Not Found" });
}

export default function NotFound() {
  return null;
}
