import { Fragment } from "react";

/** Plain text with `code` in it. */
export function InlineText({ text }: { text: string }) {
  return text.split("`").map((part, index) =>
    index % 2 === 1 ? (
      <code
        key={index}
        className="rounded bg-surface-muted px-1 py-0.5 font-mono text-[0.9em] text-ink [overflow-wrap:anywhere]"
      >
        {part}
      </code>
    ) : (
      <Fragment key={index}>{part}</Fragment>
    ),
  );
}

/** The same in paragraphs, which empty lines tell apart. */
export function Prose({ text }: { text: string }) {
  return (
    <div className="max-w-3xl space-y-2 text-ink-muted">
      {text.split("\n\n").map((paragraph) => (
        <p key={paragraph}>
          <InlineText text={paragraph} />
        </p>
      ))}
    </div>
  );
}
