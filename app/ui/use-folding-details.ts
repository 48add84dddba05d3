import { useEffect, useRef } from "react";

/**
 * For a `<details>` that works as a menu: it folds when something outside is pressed or focused, and
 * with Escape, which gives the focus back to its summary.
 */
export function useFoldingDetails() {
  const details = useRef<HTMLDetailsElement>(null);
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
    document.addEventListener("pointerdown", fold);
    document.addEventListener("focusin", fold);
    document.addEventListener("keydown", foldWithKey);
    return () => {
      document.removeEventListener("pointerdown", fold);
      document.removeEventListener("focusin", fold);
      document.removeEventListener("keydown", foldWithKey);
    };
  }, []);
  return details;
}
