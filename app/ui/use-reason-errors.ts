import { useActionData } from "@remix-run/react";
import type { ReasonRefusal } from "~/routes/admin/reason";

/** What the last action of this page found wrong with the reason, if it was sent with this intent. */
export function useReasonErrors(intent: string): string[] | undefined {
  const refused = useActionData<Partial<ReasonRefusal>>();
  return refused?.intent === intent ? refused.reasonErrors : undefined;
}
