import { Form, Link, useNavigate, useSearchParams } from "@remix-run/react";
import { X } from "lucide-react";
import { formatLocalZone } from "~/lib/format";
import { Button } from "./button";
import { selectClass } from "./field";
import { KeptParams } from "./filters";
import { searchLink } from "./search-params";
import { useHydrated } from "./use-hydrated";
import { useNow } from "./use-now";

const MINUTE_MS = 60_000;

/** "2025-11-22T15:04Z" in the form of a field for local times. */
function localMinute(minute: string): string {
  if (minute === "") return "";
  const date = new Date(minute);
  return new Date(date.getTime() - date.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}

function utcMinute(local: FormDataEntryValue | null): string | null {
  const date = new Date(typeof local === "string" ? local : "");
  return Number.isNaN(date.getTime()) ? null : `${date.toISOString().slice(0, 16)}Z`;
}

/**
 * From a minute to a minute, in the viewer's zone. In the address they are in UTC, and in the fields, too,
 * until the page is hydrated.
 */
export function TimeRangeFilter({ label, from, to }: { label: string; from: string; to: string }) {
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const isLocal = useHydrated();
  const now = useNow(MINUTE_MS) ?? 0;
  const zone = isLocal ? formatLocalZone(new Date(from === "" ? now : from)) : "UTC";
  return (
    <Form
      method="get"
      // The fields change with the address, and when the viewer's zone is known.
      key={`${from} ${to} ${isLocal}`}
      className="flex flex-wrap items-center gap-2 text-xs font-medium text-ink-muted"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        navigate(
          searchLink(params, { from: utcMinute(form.get("from")), to: utcMinute(form.get("to")) }),
          { preventScrollReset: true },
        );
      }}
    >
      <KeptParams except={["from", "to"]} />
      {Object.entries({ from, to }).map(([name, minute]) => (
        <label key={name} className="flex min-w-0 items-center gap-2">
          {name === "from" ? `${label} from` : "to"}
          <input
            type="datetime-local"
            name={name}
            defaultValue={isLocal ? localMinute(minute) : minute.slice(0, 16)}
            className={`${selectClass} w-full`}
          />
        </label>
      ))}
      <span>{zone}</span>
      <Button type="submit" size="sm">
        Apply
      </Button>
      {(from !== "" || to !== "") && (
        <Link
          to={searchLink(params, { from: null, to: null })}
          preventScrollReset
          aria-label="Clear the times"
          className="inline-flex size-6 items-center justify-center rounded hover:text-ink"
        >
          <X aria-hidden className="size-4" />
        </Link>
      )}
    </Form>
  );
}
