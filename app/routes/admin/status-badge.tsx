import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleSlash,
  CircleX,
  Clock,
  Eye,
  LoaderCircle,
  PackageOpen,
  ParkingCircle,
  ShieldCheck,
  TriangleAlert,
  Unplug,
  type LucideIcon,
} from "lucide-react";
import { Badge } from "~/ui/badge";
import type { ChosenResult } from "~/operations/chosen-result";
import type { Tone } from "~/ui/tone";

export type RunStatus = "running" | "succeeded" | "partial" | "failed" | "interrupted" | "empty";

interface Look {
  label: string;
  tone: Tone;
  icon: LucideIcon;
  spinning?: boolean;
}

export const runStatusLooks: Record<RunStatus, Look> = {
  running: { label: "Running", tone: "info", icon: LoaderCircle, spinning: true },
  succeeded: { label: "Succeeded", tone: "success", icon: CircleCheck },
  partial: { label: "Partial", tone: "warning", icon: TriangleAlert },
  failed: { label: "Failed", tone: "danger", icon: CircleX },
  interrupted: { label: "Interrupted", tone: "warning", icon: Unplug },
  empty: { label: "Empty", tone: "neutral", icon: CircleDashed },
};

function LookBadge({ look: { label, ...look }, more = "" }: { look: Look; more?: string }) {
  return (
    <Badge {...look}>
      {label}
      {more}
    </Badge>
  );
}

export function RunStatusBadge({ status }: { status: RunStatus }) {
  return <LookBadge look={runStatusLooks[status]} />;
}

const pendingLooks = {
  waiting: { label: "Waiting", tone: "neutral", icon: Clock },
  "in-batch": { label: "In batch", tone: "info", icon: PackageOpen },
  failing: { label: "Failing", tone: "warning", icon: CircleAlert },
  parked: { label: "Parked", tone: "danger", icon: ParkingCircle },
} satisfies Record<string, Look>;

export interface PendingStateBadgeProps {
  state: keyof typeof pendingLooks;
  attempts?: number;
  parkAfter: number;
}

/** `attempts` of `parkAfter` are shown for a failing target. */
export function PendingStateBadge({ state, attempts, parkAfter }: PendingStateBadgeProps) {
  const hasAttempts = state === "failing" && attempts !== undefined;
  return (
    <LookBadge look={pendingLooks[state]} more={hasAttempts ? ` ${attempts}/${parkAfter}` : ""} />
  );
}

const roleLooks: Record<"operator" | "admin", Look> = {
  operator: { label: "Operator", tone: "neutral", icon: Eye },
  admin: { label: "Admin", tone: "accent", icon: ShieldCheck },
};

export function RoleBadge({ role }: { role: "operator" | "admin" }) {
  return <LookBadge look={roleLooks[role]} />;
}

const disabledLook: Look = { label: "Disabled", tone: "neutral", icon: Ban };
const activeLook: Look = { label: "Active", tone: "success", icon: CircleCheck };

export function AccountStateBadge({ disabled }: { disabled: boolean }) {
  return <LookBadge look={disabled ? disabledLook : activeLook} />;
}

const targetResultLooks: Record<ChosenResult, Look> = {
  flushed: { label: "Flushed", tone: "success", icon: CircleCheck },
  failed: { label: "Failed", tone: "danger", icon: CircleX },
  "nothing-pending": { label: "Nothing to flush", tone: "neutral", icon: CircleSlash },
  "in-progress": { label: "In progress", tone: "info", icon: LoaderCircle, spinning: true },
  "not-reached": { label: "Not reached", tone: "warning", icon: Unplug },
  unknown: { label: "Flushed since", tone: "neutral", icon: CircleCheck },
  forgotten: { label: "No longer known", tone: "neutral", icon: CircleSlash },
};

/** What became of one target in a retry or a flush of chosen targets. */
export function TargetResultBadge({ result }: { result: ChosenResult }) {
  return <LookBadge look={targetResultLooks[result]} />;
}
