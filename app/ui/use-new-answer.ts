import { useActionData } from "@remix-run/react";
import { useState } from "react";

/** What the action has answered since this part of the page opened: no dialog shows what was wrong in another one. */
export function useNewAnswer<Answer>(): Answer | undefined {
  const answer = useActionData<Answer>() as Answer | undefined;
  const [former] = useState(answer);
  return answer === former ? undefined : answer;
}
