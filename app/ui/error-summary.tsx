import { CircleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { toneBox } from "./tone";

/** The answer of the users' page to a form that it refuses. */
export interface RefusedForm {
  /** The intent of the form that was sent. */
  intent?: string;
  /** The id of the user whom the form was about. */
  id?: string;
  /** What was entered; never a password. */
  values: { email?: string; role?: string; address?: string };
  /** By the name of the field. */
  errors: Record<string, string[] | null>;
}

export interface FormProblem {
  /** The id of the field to change. */
  field?: string;
  text: string;
}

export interface ErrorSummaryProps {
  title: string;
  problems: FormProblem[];
  /** The answer of the action: with each new one, the summary takes the focus. */
  answer: unknown;
}

/** Says above a form what is wrong with it. Takes the focus, without JavaScript too. */
export function ErrorSummary({ title, problems, answer }: ErrorSummaryProps) {
  const summary = useRef<HTMLDivElement>(null);
  useEffect(() => summary.current?.focus(), [answer]);
  return (
    <div
      ref={summary}
      role="alert"
      tabIndex={-1}
      autoFocus
      className={`flex gap-2.5 rounded-lg border px-3.5 py-3 ${toneBox.danger}`}
    >
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p className="font-semibold">{title}</p>
        {problems.length > 0 && (
          <ul className="mt-0.5 space-y-0.5">
            {problems.map(({ field, text }) => (
              <li key={`${field} ${text}`}>
                {field === undefined ? (
                  text
                ) : (
                  <a href={`#${field}`} className="rounded-sm underline underline-offset-2">
                    {text}
                  </a>
                )}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
