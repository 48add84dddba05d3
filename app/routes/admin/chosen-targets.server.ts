import type { AppLoadContext } from "@remix-run/node";
import { parseExactListParams } from "~/lists/list-params";

/** What a form on a list chose: the ticked rows, or with `scope=matching` everything that its filter finds. */
export async function chosenTargets(
  context: AppLoadContext,
  list: "pending" | "failures",
  form: FormData,
): Promise<Array<string | Buffer>> {
  const { pendingList, pendingMembers, failures } = context.services;
  if (form.get("scope") !== "matching") {
    const ticked = form.getAll("target").filter((value) => typeof value === "string");
    return pendingMembers.namesInRedis([...new Set(ticked)]);
  }
  // A filter that does not say exactly what the page showed could match more than was seen.
  if (list === "pending") {
    const params = parseExactListParams("pending", form);
    return params ? (await pendingList.matching(params)).targets : [];
  }
  const params = parseExactListParams("failures", form);
  return params ? pendingMembers.namesInRedis(await failures.names(params)) : [];
}
