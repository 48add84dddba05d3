import { useActionData, useNavigation } from "@remix-run/react";
import { useState } from "react";

/**
 * What the action answered to the form of that `intent`, if it was refused; and a React key that changes with
 * each answer to it, and with the answer to no other form of the page: what is half typed there stays. Both
 * change in the moment of the answer, not when the page's loaders have finished after it: what is typed in
 * between would be wiped.
 */
export function useFormAnswer<Answer>(intent: string): { key: number; answer: Answer | undefined } {
  const { state, formData } = useNavigation();
  const data = useActionData<Answer>();
  const isSent = state === "submitting" && formData?.get("intent") === intent;
  const [form, setForm] = useState({ key: 0, isSent, former: undefined as Answer | undefined });
  if (isSent && !form.isSent) setForm({ ...form, isSent, former: data as Answer | undefined });
  if (!isSent && form.isSent) setForm({ ...form, isSent, key: form.key + 1 });
  // Where a form was accepted, the answer to its former try is still there until the page is loaded.
  return { key: form.key, answer: data === form.former ? undefined : (data as Answer) };
}
