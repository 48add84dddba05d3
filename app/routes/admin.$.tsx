import type { LoaderFunctionArgs } from "@remix-run/node";
import { requireUser } from "~/server/guards.server";

/** A wrong address below /admin; people who are signed in still see the navigation. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await requireUser({ request, context });
  throw new Response("Not Found", { status: 404, statusText: "Not Found" });
}

export default function NotFound() {
  return null;
}
