import { Check, Copy } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "~/ui/button";
import { toneBox } from "~/ui/tone";
import { useHydrated } from "~/ui/use-hydrated";

/** A token that was just created. It gets the focus, because it is never shown again. */
export function NewToken({ name, token }: { name: string; token: string }) {
  const box = useRef<HTMLElement>(null);
  const isHydrated = useHydrated();
  const [copied, setCopied] = useState<string>();
  const isCopied = copied === token;
  useEffect(() => box.current?.focus(), [token]);
  return (
    <section
      ref={box}
      tabIndex={-1}
      aria-labelledby="new-token"
      className={`rounded-lg border px-4 py-3.5 sm:px-5 ${toneBox.success}`}
    >
      <h2 id="new-token" className="font-semibold">
        {name} is created
      </h2>
      <p className="mt-0.5 text-ink">Copy it now: it is not stored, and not shown again.</p>
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <code className="min-w-0 select-all rounded-md border bg-surface px-2.5 py-1.5 text-ink [overflow-wrap:anywhere]">
          {token}
        </code>
        {isHydrated && (
          <Button
            size="sm"
            icon={isCopied ? Check : Copy}
            onClick={() => void navigator.clipboard.writeText(token).then(() => setCopied(token))}
          >
            {isCopied ? "Copied" : "Copy"}
          </Button>
        )}
      </div>
    </section>
  );
}
