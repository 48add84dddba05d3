import { useActionData } from "@remix-run/react";
import { useState } from "react";

/**
 * The action's answer since this part of the page opened, so that no dialog shows what was wrong in another.
 */
export function useNewAnswer<Answer>(): Answer | undefined {
  const answer = useActionData<Answer>() as Answer | undefined;
  const [former] = useState(answer);
  return answer === former ? undefined : answer;
}
