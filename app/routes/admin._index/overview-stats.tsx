import type { SerializeFrom } from "@remix-run/node";
import {
  BookCheck,
  CircleAlert,
  Clock,
  Database,
  Hourglass,
  RefreshCw,
  type LucideIcon,
} from "lucide-react";
import { DateTime } from "~/ui/date-time";
import { formatCount, formatDuration, formatNumber } from "~/lib/format";
import { Num } from "~/ui/num";
import { Stat, StatGroup } from "~/ui/stat";
import { RunStatusBadge } from "~/routes/admin/status-badge";
import type { Tone } from "~/ui/tone";
import type { presentOverview } from "./load.server";

export type Overview = SerializeFrom<typeof presentOverview>;

/** The numbers that tell at a glance whether all is well. What is not known says why. */
export function OverviewStats({ overview }: { overview: Overview }) {
  const { pending, persisted, history, failures, books } = overview;
  const kept = failures.available ? failures.failing.views + failures.parked.views : 0;
  return (
    <StatGroup columns={3}>
      {pending.available ? (
        <Stat
          label="Pending views"
          icon={Clock}
          to="/admin/pending"
          value={<Num value={pending.views} compact />}
          hint={
            pending.targets === 0
              ? kept === 0
                ? "everything is persisted"
                : "nothing waits, but some views could not be flushed"
              : `in ${formatCount(pending.targets, "target")}, waiting for the next sync`
          }
        />
      ) : (
        <Unknown label="Pending views" icon={Clock} reason={pending.reason} />
      )}
      {pending.available ? (
        <Stat
          label="Oldest pending"
          icon={Hourglass}
          value={pending.oldest === null ? "–" : <DateTime value={pending.oldest} relative />}
          hint={
            pending.oldest !== null
              ? "first view not yet persisted"
              : pending.targets === 0
                ? "nothing is waiting"
                : "not known"
          }
        />
      ) : (
        <Unknown label="Oldest pending" icon={Hourglass} reason={pending.reason} />
      )}
      {persisted.available ? (
        <Stat
          label="Persisted views"
          icon={Database}
          to="/admin/topics"
          value={<Num value={persisted.views} compact />}
          hint={`in ${formatCount(persisted.topics, "topic")}`}
        />
      ) : (
        <Unknown label="Persisted views" icon={Database} reason={persisted.reason} />
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
  );
}

function Unknown({ label, icon, reason }: { label: string; icon: LucideIcon; reason: string }) {
  return <Stat label={label} icon={icon} tone="warning" value="Unknown" hint={reason} />;
}

function LastRun({ history }: Pick<Overview, "history">) {
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

function failureHint(failures: Extract<Overview["failures"], { available: true }>): string {
  const { failing, parked } = failures;
  if (failing.targets + parked.targets === 0) return "every target can be flushed";
  const views = formatCount(failing.views + parked.views, "view");
  return `${formatNumber(failing.targets)} failing, ${formatNumber(parked.targets)} parked, ${views} kept`;
}

const booksTexts: Record<Overview["books"]["state"], { value: string; tone: Tone; hint: string }> =
  {
    balanced: {
      value: "Balanced",
      tone: "success",
      hint: "accepted = persisted + pending + failing + discarded",
    },
    off: { value: "Off", tone: "danger", hint: "" },
    checking: { value: "Checking", tone: "info", hint: "views are on the move in a sync" },
    unknown: { value: "Unknown", tone: "warning", hint: "both stores are needed to compare them" },
  };

function BooksStat({ books }: Pick<Overview, "books">) {
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
