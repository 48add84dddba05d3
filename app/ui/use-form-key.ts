import { useLocation, useNavigation } from "@remix-run/react";
import { useState } from "react";

/**
 * A React key that changes with each answer to the form of that `intent`, refusals too, and with the answer
 * to no other form of the page: what is half typed there stays.
 */
export function useFormKey(intent: string): string {
  const { key } = useLocation();
  const isSent = useNavigation().formData?.get("intent") === intent;
  const [form, setForm] = useState({ key, isSent });
  if (isSent !== form.isSent) setForm({ key: isSent ? form.key : key, isSent });
  return form.key;
}
