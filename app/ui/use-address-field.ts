import { useEffect, useRef } from "react";

/**
 * For a field whose value stands in the address: keeps it in step when the address changes by a link or the
 * browser's buttons. When what the field itself has sent comes back, nothing happens to it, so that it keeps
 * the focus and what was typed while the page was loading. A select that was changed before the page was at
 * work is sent then.
 */
export function useAddressField<Field extends HTMLInputElement | HTMLSelectElement>(value: string) {
  const field = useRef<Field>(null);
  const sent = useRef<string>();
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    if (sent.current === undefined && element.tagName === "SELECT" && element.value !== value) {
      element.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    if (sent.current !== undefined && sent.current !== value) element.value = value;
    sent.current = value;
  }, [value]);
  /** To be called when the field is sent. */
  const markSent = () => {
    sent.current = field.current?.value;
  };
  return { field, markSent };
}
