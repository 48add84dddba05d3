import clsx from "clsx";
import { toneBox, type Tone } from "~/ui/tone";

const tones: Record<string, Tone> = { GET: "info", POST: "success" };

export function MethodBadge({ method }: { method: string }) {
  return (
    <span
      className={clsx(
        "inline-block shrink-0 rounded border px-1.5 py-0.5 font-mono text-xs font-semibold",
        toneBox[tones[method] ?? "neutral"],
      )}
    >
      {method}
    </span>
  );
}
