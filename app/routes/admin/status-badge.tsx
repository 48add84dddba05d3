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

export function RunStatusBadge({ status }: { status: RunStatus }) {
  const { label, ...look } = runStatusLooks[status];
  return <Badge {...look}>{label}</Badge>;
}

export type PendingState = "waiting" | "in-batch" | "failing" | "parked";

/** `attempts` of `parkAfter` are shown for a failing target. */
export function PendingStateBadge({
  state,
  attempts,
  parkAfter,
}: {
  state: PendingState;
  attempts?: number;
  parkAfter?: number;
}) {
  if (state === "waiting") return <Badge icon={Clock}>Waiting</Badge>;
  if (state === "in-batch") {
    return (
      <Badge tone="info" icon={PackageOpen}>
        In batch
      </Badge>
    );
  }
  if (state === "parked") {
    return (
      <Badge tone="danger" icon={ParkingCircle}>
        Parked
      </Badge>
    );
  }
  const of = parkAfter === undefined ? "" : `/${parkAfter}`;
  return (
    <Badge tone="warning" icon={CircleAlert}>
      Failing{attempts === undefined ? "" : ` ${attempts}${of}`}
    </Badge>
  );
}

export function RoleBadge({ role }: { role: "operator" | "admin" }) {
  return role === "admin" ? (
    <Badge tone="accent" icon={ShieldCheck}>
      Admin
    </Badge>
  ) : (
    <Badge icon={Eye}>Operator</Badge>
  );
}

export function AccountStateBadge({ disabled }: { disabled: boolean }) {
  return disabled ? (
    <Badge icon={Ban}>Disabled</Badge>
  ) : (
    <Badge tone="success" icon={CircleCheck}>
      Active
    </Badge>
  );
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
  const { label, ...look } = targetResultLooks[result];
  return <Badge {...look}>{label}</Badge>;
}
