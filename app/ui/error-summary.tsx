import { CircleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import type { RefusedForm } from "./refused-form";
import { toneBox } from "./tone";

/**
 * Says above a form what is wrong with it, with links to the fields, whose ids are their names. Takes the focus
 * with each new answer, and without JavaScript too.
 */
export function ErrorSummary({ title, refused }: { title: string; refused: RefusedForm }) {
  const summary = useRef<HTMLDivElement>(null);
  useEffect(() => summary.current?.focus(), [refused]);
  const problems = Object.entries(refused.error ?? {}).flatMap(([field, texts]) =>
    (texts ?? []).map((text) => ({ field, text })),
  );
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
                {field === "" ? (
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
