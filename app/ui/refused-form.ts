import { createContext } from "react";

/** The answer of an action to a form that it refuses, as `submission.reply()` makes it. */
export interface RefusedForm {
  /** What was entered, and the `intent` that was sent; never a password. */
  initialValue?: Record<string, unknown> | null;
  /** What is wrong, by the name of the field; under the empty name, with the whole form. */
  error?: Record<string, string[] | null>;
}

/** For the fields of a form, which show what was entered and what is wrong with it. */
export const RefusedFormContext = createContext<RefusedForm | undefined>(undefined);
