import type { SerializeFrom } from "@remix-run/node";
import { Form, Link, useSearchParams } from "@remix-run/react";
import clsx from "clsx";
import { buttonClass } from "~/ui/button";
import { FilterToggle, KeptParams } from "~/ui/filters";
import { formatDays } from "~/lib/format";
import { searchLink } from "~/ui/search-params";
import { USUAL_PERIOD, type PeriodName } from "~/stats/period";
import type { readShownPeriod } from "./shown-period.server";

export type ShownPeriod = SerializeFrom<typeof readShownPeriod>["shown"];

const labels: Record<PeriodName, string> = {
  today: "Today",
  "7d": "7 days",
  "28d": "28 days",
  "90d": "90 days",
  "12m": "12 months",
  all: "All time",
};

/**
 * The period of all numbers on the page. It is kept in the address, so a link shows the same to other people.
 */
export function PeriodControl({ period }: { period: ShownPeriod }) {
  const [params] = useSearchParams();
  const linkTo = (name: string) =>
    searchLink(params, { period: name === USUAL_PERIOD ? null : name, from: null, to: null });
  return (
    <section aria-label="Period" className="space-y-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <nav aria-label="Periods" className="max-w-full overflow-x-auto">
          <ul className="inline-flex gap-0.5 rounded-lg border bg-surface-muted p-0.5">
            {Object.entries(labels).map(([name, label]) => (
              <li key={name}>
                <Link
                  to={linkTo(name)}
                  preventScrollReset
                  aria-current={name === period.name ? "true" : undefined}
                  className={clsx(
                    "inline-flex h-7 items-center whitespace-nowrap rounded-md border px-2.5 text-xs font-medium -outline-offset-2",
                    name === period.name
                      ? "border-line bg-surface text-ink"
                      : "border-transparent text-ink-muted hover:text-ink",
                  )}
                >
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <OwnDays key={`${period.from} ${period.to}`} period={period} />
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-ink-muted">
        <p>
          {formatDays(period)} (UTC)
          {period.isCompared && period.previous && `, beside ${formatDays(period.previous)}`}
        </p>
        {period.previous && (
          <FilterToggle
            label="Compare with the period before"
            name="compare"
            on={period.isCompared}
            whenOn={null}
            whenOff="off"
          />
        )}
      </div>
    </section>
  );
}

const dayField = "h-8 rounded-md border border-line-strong bg-surface px-2 text-xs text-ink";

function OwnDays({ period: { from, to, today } }: { period: ShownPeriod }) {
  const field = (name: string, label: string, value: string) => (
    <label className="flex items-center gap-1.5 text-xs font-medium text-ink-muted">
      {label}
      <input
        type="date"
        name={name}
        defaultValue={value}
        max={today}
        required
        className={dayField}
      />
    </label>
  );
  return (
    <Form method="get" preventScrollReset className="flex flex-wrap items-center gap-2">
      <KeptParams except={["period", "from", "to"]} />
      {field("from", "From", from)}
      {field("to", "to", to)}
      <button type="submit" className={buttonClass({ variant: "secondary", size: "sm" })}>
        Show
      </button>
    </Form>
  );
}
