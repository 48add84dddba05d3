/** Can be reached with the keyboard, which is the only way to scroll it without a pointer. */
export function CodeBlock({ label, text }: { label: string; text: string }) {
  return (
    <pre
      role="region"
      aria-label={label}
      tabIndex={0}
      className="overflow-x-auto rounded-md border bg-surface-muted p-3 font-mono text-xs leading-relaxed"
    >
      <code>{text}</code>
    </pre>
  );
}
