import type { BodyView } from "~/routes/docs.api/api-reference.server";
import { CodeBlock } from "./code-block";
import { FactTable } from "./fact-table";
import { InlineText } from "./prose";

export interface BodyShownProps {
  body: BodyView;
  /** Tells it from others on the page. */
  of: string;
  /** Whether the reader is the one to send it. */
  isSent?: boolean;
}

/** A body: each of its examples, then what its fields mean. */
export function BodyShown({ body, of, isSent = false }: BodyShownProps) {
  return (
    <div className="space-y-3">
      <p className="font-mono text-xs text-ink-muted">{body.mediaType}</p>
      {body.examples.map(({ summary, text }) => (
        <figure key={summary}>
          <figcaption className="mb-1 text-xs font-medium">
            <InlineText text={summary} />
          </figcaption>
          <CodeBlock label={`${of}: ${summary}`} text={text} />
        </figure>
      ))}
      {body.shapes.map(({ description, fields }) => (
        <div key={description}>
          <p className="mb-1 text-xs">
            <span className="font-medium">Fields.</span> {description}:
          </p>
          <FactTable
            label={`${of}, fields: ${description}`}
            heading="Field"
            facts={fields.map(({ name, type, required, description }) => ({
              name,
              kind: type,
              presence: isSent ? needed(required) : given(required),
              description,
            }))}
          />
        </div>
      ))}
    </div>
  );
}

function needed(required: boolean): string {
  return required ? "required" : "optional";
}

function given(always: boolean): string {
  return always ? "always" : "sometimes";
}
