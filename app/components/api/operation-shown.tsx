import { KeyRound } from "lucide-react";
import type { ReactNode } from "react";
import type { OperationView } from "~/routes/docs.api/api-reference.server";
import { AnswerShown } from "./answer-shown";
import { BodyShown } from "./body-shown";
import { CodeBlock } from "./code-block";
import { FactTable } from "./fact-table";
import { MethodBadge } from "./method-badge";
import { InlineText, Prose } from "./prose";

/** Everything about one operation; its heading is where links lead. */
export function OperationShown({ operation }: { operation: OperationView }) {
  const { id, method, path, summary, description, secret, parameters, requests } = operation;
  const name = `${method} ${path}`;
  return (
    <section
      id={id}
      aria-labelledby={`${id}-heading`}
      className="min-w-0 scroll-mt-16 space-y-4 rounded-lg border bg-surface px-4 py-4 sm:px-5"
    >
      <div className="space-y-2">
        <h3 id={`${id}-heading`} className="font-semibold">
          {summary}
        </h3>
        <p className="flex items-start gap-2">
          <MethodBadge method={method} />
          <code className="min-w-0 pt-0.5 font-mono text-xs [overflow-wrap:anywhere]">{path}</code>
        </p>
        <Prose text={description} />
        {secret !== null && (
          <p className="flex items-start gap-1.5">
            <KeyRound aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-muted" />
            <span>
              Needs <InlineText text="`Authorization: Bearer …`" />. <InlineText text={secret} />
            </span>
          </p>
        )}
      </div>
      <CodeBlock label={`${name}, with curl`} text={operation.curl} />
      {parameters.length > 0 && (
        <Part title="Parameters">
          <FactTable
            label={`${name}, parameters`}
            heading="Parameter"
            facts={parameters.map(({ name, place, type, required, description }) => ({
              name,
              kind: type,
              presence: `${place}, ${required ? "required" : "optional"}`,
              description,
            }))}
          />
        </Part>
      )}
      {requests.length > 0 && (
        <Part title="Body, optional">
          {requests.map((body) => (
            <BodyShown key={body.mediaType} body={body} of={`${name}, body`} isSent />
          ))}
        </Part>
      )}
      <Part title="Answers">
        {operation.answers.map((answer, index) => (
          <AnswerShown key={answer.status} answer={answer} of={name} isOpen={index === 0} />
        ))}
      </Part>
    </section>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="space-y-2">
      <h4 className="text-xs font-medium text-ink-muted">{title}</h4>
      {children}
    </div>
  );
}
