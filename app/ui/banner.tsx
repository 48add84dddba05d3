import clsx from "clsx";
import type { ReactNode } from "react";
import { toneBox, toneIcon, type StatusTone } from "./tone";

export interface BannerProps {
  tone: StatusTone;
  title: string;
  children?: ReactNode;
  /** Links or forms that do something about it. */
  action?: ReactNode;
  /** One line, for what is known and can wait. */
  isSlim?: boolean;
}

/** Says something that lasts, so it is no live region. For events there is `FlashMessage`. */
export function Banner({ tone, title, children, action, isSlim = false }: BannerProps) {
  const Icon = toneIcon[tone];
  return (
    <section
      aria-label={title}
      className={clsx(
        "flex flex-wrap items-center gap-x-4 gap-y-3 rounded-lg border px-4",
        isSlim ? "py-1 text-xs" : "py-3",
        toneBox[tone],
      )}
    >
      <div className="flex min-w-0 flex-1 basis-64 gap-3">
        <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
        <div className={clsx("min-w-0", isSlim && "flex flex-wrap gap-x-2")}>
          <p className="font-semibold">{title}</p>
          {children !== undefined && (
            <div className={clsx("text-ink", !isSlim && "mt-0.5")}>{children}</div>
          )}
        </div>
      </div>
      {action !== undefined && <div className="flex flex-wrap items-center gap-2">{action}</div>}
    </section>
  );
}
