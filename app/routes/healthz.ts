import { json } from "@remix-run/node";
import type { LivenessBody } from "~/api/bodies";

/** Liveness: the process answers. */
export function loader() {
  return json<LivenessBody>({ status: "ok" });
}
