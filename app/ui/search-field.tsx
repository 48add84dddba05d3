import { Form, Link, useSearchParams } from "@remix-run/react";
import { Search, X } from "lucide-react";
import { useAddressField } from "./use-address-field";
import { KeptParams } from "./filters";
import { searchLink } from "./search-params";

export interface SearchFieldProps {
  /** The field's name and placeholder, such as "Search by topic id". */
  label: string;
  /** The parameter in the address. */
  name?: string;
  maxLength?: number;
}

/** Puts the search into the address, and keeps its other parameters. */
export function SearchField({ label, name = "q", maxLength = 100 }: SearchFieldProps) {
  const [params] = useSearchParams();
  const value = params.get(name) ?? "";
  const { field, markSent } = useAddressField<HTMLInputElement>(value);
  return (
    <Form method="get" role="search" onSubmit={markSent} className="relative w-full sm:w-72">
      <KeptParams except={name} />
      <input
        ref={field}
        type="search"
        name={name}
        defaultValue={value}
        aria-label={label}
        placeholder={label}
        maxLength={maxLength}
        autoComplete="off"
        spellCheck={false}
        className="h-9 w-full rounded-md border border-line-strong bg-surface pl-9 pr-9 text-sm"
      />
      <button
        type="submit"
        aria-label="Search"
        className="absolute inset-y-1 left-1 inline-flex w-7 items-center justify-center rounded text-ink-muted hover:text-ink"
      >
        <Search aria-hidden className="size-4" />
      </button>
      {value !== "" && (
        <Link
          to={searchLink(params, { [name]: null })}
          aria-label="Clear search"
          className="absolute inset-y-1 right-1 inline-flex w-7 items-center justify-center rounded text-ink-muted hover:text-ink"
        >
          <X aria-hidden className="size-4" />
        </Link>
      )}
    </Form>
  );
}
