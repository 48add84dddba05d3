import { useNavigation } from "@remix-run/react";
import clsx from "clsx";
import { LoaderCircle } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button, type ButtonProps } from "./button";

export interface SubmitButtonProps extends Omit<
  ButtonProps,
  "type" | "name" | "value" | "onClick"
> {
  /** Sent as `intent`. */
  intent?: string;
  /** Shown while the form is being sent, such as "Flushing…". */
  busyLabel?: string;
}

/**
 * Submits its form. While the form is being sent, the button says so and ignores presses. A press while another form,
 * or a former try of this one, is still at work is kept until the page is idle. No button is disabled, because that
 * would take the focus away from people who use keys.
 */
export function SubmitButton({
  intent,
  busyLabel,
  icon,
  children,
  variant = "primary",
  className,
  ...rest
}: SubmitButtonProps) {
  const { formMethod } = useNavigation();
  const isPosting = formMethod === "POST";
  const [phase, setPhase] = useState<"idle" | "waiting" | "pressed" | "busy">("idle");
  const button = useRef<HTMLButtonElement>(null);
  if (phase === "pressed" && isPosting) setPhase("busy");
  if (phase === "busy" && !isPosting) setPhase("idle");
  useEffect(() => {
    if (phase === "waiting" && !isPosting) button.current?.click();
  }, [phase, isPosting]);
  const isBusy = phase === "busy" || phase === "waiting";
  return (
    <Button
      ref={button}
      type="submit"
      variant={variant}
      icon={isBusy ? LoaderCircle : icon}
      className={clsx(className, isBusy && "[&>svg]:animate-spin")}
      aria-disabled={isBusy || undefined}
      name={intent === undefined ? undefined : "intent"}
      value={intent}
      onClick={(event) => {
        if (!isPosting) return setPhase("pressed");
        event.preventDefault();
        if (phase !== "busy") setPhase("waiting");
      }}
      {...rest}
    >
      {isBusy && busyLabel ? busyLabel : children}
    </Button>
  );
}
