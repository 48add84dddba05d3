import { Link, type LinkProps } from "@remix-run/react";
import clsx from "clsx";
import type { LucideIcon } from "lucide-react";
import { forwardRef, type ButtonHTMLAttributes } from "react";

export type ButtonVariant = "primary" | "secondary" | "danger" | "ghost";
export type ButtonSize = "sm" | "md";

interface ButtonLook {
  variant?: ButtonVariant;
  size?: ButtonSize;
  icon?: LucideIcon;
}

const variants: Record<ButtonVariant, string> = {
  primary: "border-transparent bg-accent text-accent-on hover:bg-accent-hover",
  secondary: "border-line-strong/60 bg-surface text-ink hover:bg-surface-muted",
  danger: "border-transparent bg-danger-solid text-danger-on hover:bg-danger-hover",
  ghost: "border-transparent text-ink-muted hover:bg-surface-muted hover:text-ink",
};

const sizes: Record<ButtonSize, string> = {
  sm: "min-h-7 gap-1.5 px-2.5 py-1 text-xs",
  md: "min-h-9 gap-2 px-3.5 py-1.5 text-sm",
};

/** For elements that look like a button without being one, such as the summary of a menu. */
export function buttonClass({ variant = "secondary", size = "md" }: ButtonLook = {}): string {
  return clsx(
    "inline-flex shrink-0 cursor-pointer select-none items-center justify-center whitespace-nowrap rounded-md border font-medium transition-colors",
    "disabled:cursor-not-allowed disabled:opacity-60 aria-disabled:cursor-progress aria-disabled:opacity-70",
    variants[variant],
    sizes[size],
  );
}

export interface ButtonProps extends ButtonLook, ButtonHTMLAttributes<HTMLButtonElement> {}

/** A button that does not submit unless it is told to. For one that does, see `SubmitButton`. */
export const Button = forwardRef<HTMLButtonElement, ButtonProps>(function Button(
  { variant, size, icon: Icon, className, children, type = "button", ...rest },
  ref,
) {
  return (
    <button
      ref={ref}
      type={type}
      className={clsx(buttonClass({ variant, size }), className)}
      {...rest}
    >
      {Icon && <Icon aria-hidden className="size-4 shrink-0" />}
      {children}
    </button>
  );
});

export interface ButtonLinkProps extends ButtonLook, LinkProps {}

export function ButtonLink({
  variant,
  size,
  icon: Icon,
  className,
  children,
  ...rest
}: ButtonLinkProps) {
  return (
    <Link className={clsx(buttonClass({ variant, size }), className)} {...rest}>
      {Icon && <Icon aria-hidden className="size-4 shrink-0" />}
      {children}
    </Link>
  );
}
