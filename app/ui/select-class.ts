import clsx from "clsx";

/** The looks of a native select, shared by forms, filters and the page size. */
export function selectClass(size: "sm" | "md" = "md"): string {
  return clsx(
    "rounded-md border border-line-strong bg-surface text-ink",
    size === "sm" ? "h-7 px-1.5 text-xs" : "h-9 px-2.5 text-sm",
  );
}
