import { ChevronRight } from "lucide-react";
import { Badge } from "~/ui/badge";
import type { Tone } from "~/ui/tone";
import type { AnswerView } from "~/routes/docs.api/api-reference.server";
import { BodyShown } from "./body-shown";
import { FactTable } from "./fact-table";
import { InlineText } from "./prose";

function toneOf(status: string): Tone {
  if (status.startsWith("5")) return "danger";
  return status.startsWith("4") ? "warning" : "success";
}

export interface AnswerShownProps {
  answer: AnswerView;
  /** Names the operation, to tell its answers from those of others. */
  of: string;
  isOpen: boolean;
}

/** Folded, because a reader looks for one answer at a time. */
export function AnswerShown({ answer, of, isOpen }: AnswerShownProps) {
  const { status, reason, description, headers, bodies } = answer;
  const label = `${of}, ${status}`;
  return (
    <details open={isOpen} className="group rounded-md border">
      <summary className="flex cursor-pointer items-start gap-2 rounded-md px-3 py-2.5 hover:bg-surface-muted/60">
        <ChevronRight
          aria-hidden
          className="mt-0.5 size-4 shrink-0 text-ink-muted transition-transform group-open:rotate-90"
        />
        <Badge tone={toneOf(status)}>
          {status} {reason}
        </Badge>
        <span className="min-w-0">
          <InlineText text={description} />
        </span>
      </summary>
      <div className="space-y-3 border-t px-3 py-3">
        {headers.length > 0 && (
          <FactTable
            label={`${label}, headers`}
            heading="Header"
            facts={headers.map(({ name, always, example, description }) => ({
              name,
              kind: example,
              presence: always ? "always" : "sometimes",
              description,
            }))}
          />
        )}
        {bodies.map((body) => (
          <BodyShown key={body.mediaType} body={body} of={label} />
        ))}
        {bodies.length === 0 && <p className="text-ink-muted">It has no body.</p>}
      </div>
    </details>
  );
}
