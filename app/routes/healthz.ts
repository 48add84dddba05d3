import { json } from "@remix-run/node";

/** Liveness: the process answers. */
export function loader() {
  return json({ status: "ok" });
}
