import { useLocation } from "@remix-run/react";
import { useState } from "react";
import type { Flash } from "./flash-message";

/**
 * The message that the last load brought, kept until the next navigation: the server hands it out once,
 * and a live refresh would otherwise take it away before it was read.
 */
export function useFlash(loaded: Flash | undefined): Flash | undefined {
  const { key } = useLocation();
  const [kept, setKept] = useState({ flash: loaded, key });
  if (loaded && loaded.id !== kept.flash?.id) setKept({ flash: loaded, key });
  else if (kept.flash && kept.key !== key) setKept({ flash: undefined, key });
  return kept.flash;
}
