import type { ReactNode } from "react";

/** What a colour of a chart or bar means. `color` is one of the custom properties of `app/ui/palette.ts`. */
export function LegendItem({ color, children }: { color: string; children: ReactNode }) {
  return (
    <li className="flex items-center gap-1.5">
      <span
        aria-hidden
        data-fill
        className="size-2.5 rounded-sm"
        style={{ backgroundColor: `rgb(var(--color-${color}))` }}
      />
      {children}
    </li>
  );
}
