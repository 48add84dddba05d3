import { useActionData, useNavigation } from "@remix-run/react";
import { useState } from "react";

/**
 * The action's answer to the form with this `intent`, if it was refused; and a React key that changes with
 * each answer to this form and with no other, so that half-typed entries in other forms stay. Both change as
 * soon as the answer arrives, not when the page's loaders have finished: what people type in between would be
 * lost.
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
