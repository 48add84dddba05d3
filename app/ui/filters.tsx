import { Form, Link, useSearchParams, useSubmit } from "@remix-run/react";
import clsx from "clsx";
import { useRef } from "react";
import { useAddressField } from "./use-address-field";
import { selectClass } from "./field";
import { formatNumber } from "~/lib/format";
import { isPageParam, searchLink } from "./search-params";

export interface FilterProps {
  /** The name of the group, such as "Status". */
  label: string;
  /** The parameter in the address. */
  name: string;
  options: Array<{ value: string; label: string; count?: number }>;
  /** What the page really shows; a bad value in the address is replaced by the default. */
  current: string;
}

/** For up to five options; every change leads back to the first page. */
export function FilterTabs({ label, name, options, current }: FilterProps) {
  const [params] = useSearchParams();
  return (
    <nav aria-label={label} className="max-w-full overflow-x-auto">
      <ul className="inline-flex gap-0.5 rounded-lg border bg-surface-muted p-0.5">
        {options.map((option, index) => (
          <li key={option.value}>
            <Link
              to={searchLink(params, { [name]: index === 0 ? null : option.value })}
              preventScrollReset
              aria-current={option.value === current ? "true" : undefined}
              className={clsx(
                "inline-flex h-7 items-center gap-1.5 whitespace-nowrap rounded-md border px-2.5 text-xs font-medium -outline-offset-2",
                option.value === current
                  ? "border-line bg-surface text-ink"
                  : "border-transparent text-ink-muted hover:text-ink",
              )}
            >
              {option.label}
              {option.count !== undefined && (
                <span className="tabular-nums text-ink-muted">{formatNumber(option.count)}</span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Keys that change a select's value while people move through its options. */
const browsingKey = /^(Arrow|Page|Home|End|.$)/;

/**
 * For more options than tabs can hold. A choice by pointer applies at once; a choice by keys, which pass
 * through other options on the way, applies on Enter or when the field is left. Without JavaScript there is a
 * button.
 */
export function FilterSelect({ label, name, options, current }: FilterProps) {
  const submit = useSubmit();
  const { field, markSent } = useAddressField<HTMLSelectElement>(current);
  const isBrowsing = useRef(false);
  const apply = (select: HTMLSelectElement) => {
    isBrowsing.current = false;
    if (select.value === current) return;
    markSent();
    submit(select.form, { preventScrollReset: true });
  };
  return (
    <Form method="get" className="flex min-w-0 max-w-full items-center gap-2">
      <KeptParams except={name} />
      <label className="flex min-w-0 items-center gap-2 text-xs font-medium text-ink-muted">
        {label}
        <select
          ref={field}
          name={name}
          defaultValue={current}
          autoComplete="off"
          className={clsx(selectClass, "min-w-0 max-w-64 truncate")}
          onPointerDown={() => {
            isBrowsing.current = false;
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") {
              event.preventDefault();
              apply(event.currentTarget);
            } else if (browsingKey.test(event.key)) isBrowsing.current = true;
          }}
          onChange={(event) => {
            if (!isBrowsing.current) apply(event.currentTarget);
          }}
          onBlur={(event) => apply(event.currentTarget)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      </label>
      <noscript>
        <button type="submit" className="min-h-target text-xs underline">
          Apply
        </button>
      </noscript>
    </Form>
  );
}

/** A GET form replaces the whole query; these hidden fields keep its other parameters. */
export function KeptParams({ except }: { except: string | string[] }) {
  const left = [except].flat();
  const [params] = useSearchParams();
  return [...params]
    .filter(([name]) => !left.includes(name) && !isPageParam(name))
    .map(([name, value]) => (
      <input key={`${name}=${value}`} type="hidden" name={name} value={value} />
    ));
}

/** A link that switches a parameter on and off: "Hide empty runs". Null stands for a missing parameter. */
export function FilterToggle({
  label,
  name,
  on,
  whenOn,
  whenOff = null,
}: {
  label: string;
  name: string;
  on: boolean;
  whenOn: string | null;
  whenOff?: string | null;
}) {
  const [params] = useSearchParams();
  return (
    <Link
      to={searchLink(params, { [name]: on ? whenOff : whenOn })}
      preventScrollReset
      className="inline-flex min-h-7 items-center gap-2 rounded-sm text-xs font-medium text-ink-muted hover:text-ink"
    >
      <span
        aria-hidden
        data-fill
        className={clsx(
          "inline-flex h-4 w-7 items-center rounded-full border p-0.5 transition-colors",
          on ? "border-accent bg-accent" : "border-line-strong bg-surface-muted",
        )}
      >
        <span
          className={clsx(
            "size-2.5 rounded-full transition-transform",
            on ? "translate-x-2.5 bg-accent-on" : "bg-line-strong",
          )}
        />
      </span>
      {label}
      <span className="sr-only">{on ? "(on)" : "(off)"}</span>
    </Link>
  );
}
