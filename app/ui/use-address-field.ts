import { useEffect, useRef } from "react";

/**
 * For a field whose value is kept in the address: updates it when the address changes by a link or the
 * browser's buttons. When the address changes to what the field itself has sent, the field is left alone, so
 * that it keeps the focus and what was typed while the page was loading. A select that was changed before
 * hydration is sent afterwards.
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
