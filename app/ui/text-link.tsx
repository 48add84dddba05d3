import { Link, type LinkProps } from "@remix-run/react";
import clsx from "clsx";

export interface TextLinkProps extends LinkProps {
  /** In a table or list, where position already says that it is a link. */
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
