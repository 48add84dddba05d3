import clsx from "clsx";
import { forwardRef, type InputHTMLAttributes } from "react";

export interface CheckboxProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "type"> {
  label: string;
  /** For a column of boxes whose rows name them already. */
  hideLabel?: boolean;
}

export const Checkbox = forwardRef<HTMLInputElement, CheckboxProps>(function Checkbox(
  { label, hideLabel = false, className, ...rest },
  ref,
) {
  return (
    <label
      className={clsx(
        "inline-flex min-h-target min-w-target cursor-pointer items-center gap-2",
        hideLabel && "justify-center",
        className,
      )}
    >
      <input ref={ref} type="checkbox" className="size-4 cursor-pointer accent-accent" {...rest} />
      <span className={clsx(hideLabel && "sr-only")}>{label}</span>
    </label>
  );
});
