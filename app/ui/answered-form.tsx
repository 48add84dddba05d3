import { Form, useActionData, useNavigation } from "@remix-run/react";
import { useState, type ReactNode } from "react";
import { ErrorSummary } from "./error-summary";
import { RefusedFormContext, type RefusedForm } from "./refused-form";

/**
 * The action's answer to the form with this `intent`, if it was refused; and a React key that changes with
 * each answer to this form and with no other, so that half-typed entries in other forms stay. Both change as
 * soon as the answer arrives, not when the page's loaders have finished: what people type in between would be
 * lost.
 */
export function useFormAnswer(intent: string): { key: number; refused: RefusedForm | undefined } {
  const { state, formData } = useNavigation();
  const answer = useActionData<unknown>() as RefusedForm | undefined;
  const isSent = state === "submitting" && formData?.get("intent") === intent;
  const [form, setForm] = useState({ key: 0, isSent, former: undefined as typeof answer });
  if (isSent && !form.isSent) setForm({ ...form, isSent, former: answer });
  if (!isSent && form.isSent) setForm({ ...form, isSent, key: form.key + 1 });
  // Where a form was accepted, the answer to its former try is still there until the page is loaded.
  const isNew = answer !== form.former && answer?.initialValue?.intent === intent;
  return { key: form.key, refused: isNew ? answer : undefined };
}

export interface AnsweredFormProps {
  intent: string;
  /** Says that nothing was done, when the form is refused. */
  refusal: string;
  className: string;
  children: ReactNode;
}

/**
 * A form that says why it was refused. Each answer brings a new key, which empties the form after a success, and
 * the fields of passwords always.
 */
export function AnsweredForm({ intent, refusal, className, children }: AnsweredFormProps) {
  const { key, refused } = useFormAnswer(intent);
  return (
    <Form key={key} method="post" className={className}>
      {refused && <ErrorSummary title={refusal} refused={refused} />}
      <RefusedFormContext.Provider value={refused}>{children}</RefusedFormContext.Provider>
    </Form>
  );
}
