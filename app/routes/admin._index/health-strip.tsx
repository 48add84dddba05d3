import type { SerializeFrom } from "@remix-run/node";
import { BookCheck, CircleAlert, Clock, RefreshCw, type LucideIcon } from "lucide-react";
import { DateTime } from "~/ui/date-time";
import { formatCount, formatDuration, formatNumber } from "~/lib/format";
import { Num } from "~/ui/num";
import { Stat, StatGroup } from "~/ui/stat";
import { RunStatusBadge } from "~/routes/admin/status-badge";
import type { Tone } from "~/ui/tone";
import type { presentHealth } from "./load.server";

export type Health = SerializeFrom<typeof presentHealth>;

/** Shows at a glance whether all is well. Where that is not known, it says why. */
export function HealthStrip({ health }: { health: Health }) {
  const { pending, history, failures, books } = health;
  const kept = failures.available ? failures.failing.views + failures.parked.views : 0;
  return (
    <section aria-label="Is all well?">
      <h2 className="mb-2 font-semibold">Is all well?</h2>
      <StatGroup>
        {pending.available ? (
          <Stat
            label="Pending views"
            icon={Clock}
            to="/admin/pending"
            value={<Num value={pending.views} compact />}
            hint={
              pending.targets > 0 ? (
                <>
                  in {formatCount(pending.targets, "target")}
                  {pending.oldest !== null && (
                    <>
                      , the oldest <DateTime value={pending.oldest} relative />
                    </>
                  )}
                </>
              ) : kept === 0 ? (
                "everything is persisted"
              ) : (
                "nothing waits, but some views could not be flushed"
              )
            }
          />
        ) : (
          <Unknown label="Pending views" icon={Clock} reason={pending.reason} />
        )}
        <LastRun history={history} />
        {failures.available ? (
          <Stat
            label="Failing and parked"
            icon={CircleAlert}
            to="/admin/failures"
            tone={failures.failing.targets + failures.parked.targets > 0 ? "warning" : "success"}
            value={<Num value={failures.failing.targets + failures.parked.targets} compact />}
            hint={failureHint(failures)}
          />
        ) : (
          <Unknown label="Failing and parked" icon={CircleAlert} reason={failures.reason} />
        )}
        <BooksStat books={books} />
      </StatGroup>
    </section>
  );
}

function Unknown({ label, icon, reason }: { label: string; icon: LucideIcon; reason: string }) {
  return <Stat label={label} icon={icon} tone="warning" value="Unknown" hint={reason} />;
}

function LastRun({ history }: Pick<Health, "history">) {
  if (!history.available) {
    return <Unknown label="Last run" icon={RefreshCw} reason={history.reason} />;
  }
  const { last } = history;
  if (!last) {
    return <Stat label="Last run" icon={RefreshCw} value="–" hint="no sync has run yet" />;
  }
  const took = last.finishedAt === null ? "running for" : "took";
  return (
    <Stat
      label="Last run"
      icon={RefreshCw}
      to={`/admin/runs/${last.id}`}
      value={<DateTime value={last.finishedAt ?? last.startedAt} relative />}
      hint={
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <RunStatusBadge status={last.status} />
          {formatCount(last.views, "view")}, {took} {formatDuration(last.seconds * 1_000)}
        </span>
      }
    />
  );
}

function failureHint(failures: Extract<Health["failures"], { available: true }>): string {
  const { failing, parked } = failures;
  if (failing.targets + parked.targets === 0) return "every target can be flushed";
  const views = formatCount(failing.views + parked.views, "view");
  return `${formatNumber(failing.targets)} failing, ${formatNumber(parked.targets)} parked, ${views} kept`;
}

const booksTexts: Record<Health["books"]["state"], { value: string; tone: Tone; hint: string }> = {
  balanced: {
    value: "Balanced",
    tone: "success",
    hint: "accepted = persisted + pending + failing + discarded",
  },
  off: { value: "Off", tone: "danger", hint: "" },
  checking: { value: "Checking", tone: "info", hint: "a sync is moving views" },
  unknown: { value: "Unknown", tone: "warning", hint: "both stores are needed to compare them" },
};

function BooksStat({ books }: Pick<Health, "books">) {
  const { value, tone, hint } = booksTexts[books.state];
  const difference = books.difference ?? 0;
  const isOff = books.state === "off";
  return (
    <Stat
      label="Books"
      icon={BookCheck}
      tone={tone}
      value={isOff ? `Off by ${formatNumber(Math.abs(difference))}` : value}
      hint={isOff ? (difference > 0 ? "views are missing" : "more views than accepted") : hint}
    />
  );
}
