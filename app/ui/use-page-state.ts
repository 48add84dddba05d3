import { useActionData, useLocation } from "@remix-run/react";
import { useState } from "react";

/**
 * State of the page as it is shown: it falls back to `initial` when the address changes and when a form was
 * accepted, both of which make a new location. A form that was refused makes one, too, but leaves action
 * data: then the state is kept for another try.
 */
export function usePageState<Value>(initial: Value): [Value, (value: Value) => void] {
  const { key } = useLocation();
  const isRefused = useActionData<unknown>() !== undefined;
  const [state, setState] = useState({ value: initial, key });
  if (state.key !== key) setState({ value: isRefused ? state.value : initial, key });
  return [state.value, (value) => setState({ value, key })];
}
