import { useLocation } from "@remix-run/react";
import { useEffect, useRef, type ReactNode } from "react";

export interface FoldingMenuProps {
  summary: ReactNode;
  summaryClass: string;
  className?: string;
  children: ReactNode;
}

/**
 * A disclosure and not an ARIA menu: it holds links and forms, and works without JavaScript. It folds when
 * something outside is pressed or focused, and with Escape, which gives the focus back to its summary.
 */
export function FoldingMenu({ summary, summaryClass, className, children }: FoldingMenuProps) {
  const details = useRef<HTMLDetailsElement>(null);
  const { key } = useLocation();
  useEffect(() => {
    const fold = ({ target }: Event) => {
      const menu = details.current;
      if (menu?.open && !(target instanceof Node && menu.contains(target))) menu.open = false;
    };
    const foldWithKey = ({ key }: KeyboardEvent) => {
      const menu = details.current;
      if (key !== "Escape" || !menu?.open) return;
      menu.open = false;
      menu.querySelector("summary")?.focus();
    };
    const mounted = new AbortController();
    const { signal } = mounted;
    document.addEventListener("pointerdown", fold, { signal });
    document.addEventListener("focusin", fold, { signal });
    document.addEventListener("keydown", foldWithKey, { signal });
    return () => mounted.abort();
  }, []);
  return (
    // Each page brings a new key, which closes the menu after one of its links was followed.
    <details key={key} ref={details} className={className}>
      <summary className={summaryClass}>{summary}</summary>
      {children}
    </details>
  );
}
