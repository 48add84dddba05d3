import { Link, type LinkProps } from "@remix-run/react";
import clsx from "clsx";

export interface TextLinkProps extends LinkProps {
  /** For tables and lists, where the position already shows that it is a link. */
  quiet?: boolean;
}

export function TextLink({ quiet, className, ...rest }: TextLinkProps) {
  return (
    <Link
      className={clsx(
        "rounded-sm font-medium text-accent-text underline-offset-2 hover:underline",
        !quiet && "underline decoration-accent-text/40 hover:decoration-accent-text",
        className,
      )}
      {...rest}
    />
  );
}
