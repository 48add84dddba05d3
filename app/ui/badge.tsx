import clsx from "clsx";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { toneBox, type Tone } from "./tone";

export interface BadgeProps {
  tone?: Tone;
  icon?: LucideIcon;
  /** Spins the icon of something that is in progress. */
  spinning?: boolean;
  children: ReactNode;
}

export function Badge({ tone = "neutral", icon: Icon, spinning, children }: BadgeProps) {
  return (
    <span
      className={clsx(
        "inline-flex items-center gap-1 whitespace-nowrap rounded-full border px-2 py-0.5 text-xs font-medium tabular-nums",
        toneBox[tone],
      )}
    >
      {Icon && (
        <Icon
          aria-hidden
          className={clsx(
            "size-3.5 shrink-0",
            spinning && "animate-spin motion-reduce:animate-none",
          )}
        />
      )}
      {children}
    </span>
  );
}
