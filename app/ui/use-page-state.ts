import { useActionData, useLocation } from "@remix-run/react";
import { useState } from "react";

/**
 * State that belongs to the page as it stands: it falls back to `initial` when the address changes and
 * when a form was accepted, which both make a new location. So does a form that was refused, but that
 * one leaves action data, and keeps what was chosen for another try.
 */
export function usePageState<Value>(initial: Value): [Value, (value: Value) => void] {
  const { key } = useLocation();
  const isRefused = useActionData<unknown>() !== undefined;
  const [state, setState] = useState({ value: initial, key });
  if (state.key !== key) setState({ value: isRefused ? state.value : initial, key });
  return [state.value, (value) => setState({ value, key })];
}
