import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleSlash,
  CircleX,
  Eye,
  LoaderCircle,
  ParkingCircle,
  ShieldCheck,
  TriangleAlert,
  Unplug,
  Wrench,
  type LucideIcon,
} from "lucide-react";
import { roleTexts, type UserRole } from "~/accounts/rights";
import { Badge } from "~/ui/badge";
import type { ChosenTarget, Run } from "~/operations/run-history.server";
import type { Tone } from "~/ui/tone";

export type RunStatus = Run["status"];

interface Look {
  label: string;
  tone: Tone;
  icon: LucideIcon;
  spinning?: boolean;
}

export const runStatusLooks: Record<RunStatus, Look> = {
  running: { label: "Running", tone: "info", icon: LoaderCircle, spinning: true },
  stalled: { label: "Stalled", tone: "warning", icon: Unplug },
  succeeded: { label: "Succeeded", tone: "success", icon: CircleCheck },
  partial: { label: "Partial", tone: "warning", icon: TriangleAlert },
  failed: { label: "Failed", tone: "danger", icon: CircleX },
  interrupted: { label: "Interrupted", tone: "warning", icon: Unplug },
  empty: { label: "Empty", tone: "neutral", icon: CircleDashed },
};

function LookBadge({ label, ...look }: Look) {
  return <Badge {...look}>{label}</Badge>;
}

export function RunStatusBadge({ status }: { status: RunStatus }) {
  return <LookBadge {...runStatusLooks[status]} />;
}

/** For a failing target: how often it has failed, or that syncs no longer try it. */
export function FailureBadge({
  isParked,
  attempts,
  parkAfter,
}: {
  isParked: boolean;
  attempts: number;
  parkAfter: number;
}) {
  return isParked ? (
    <LookBadge label="Parked" tone="danger" icon={ParkingCircle} />
  ) : (
    <LookBadge label={`Failing ${attempts}/${parkAfter}`} tone="warning" icon={CircleAlert} />
  );
}

const roleLooks: Record<UserRole, Omit<Look, "label">> = {
  operator: { tone: "neutral", icon: Eye },
  maintainer: { tone: "info", icon: Wrench },
  admin: { tone: "accent", icon: ShieldCheck },
};

export function RoleBadge({ role }: { role: UserRole }) {
  return <LookBadge label={roleTexts[role].label} {...roleLooks[role]} />;
}

export function AccountStateBadge({ disabled }: { disabled: boolean }) {
  return disabled ? (
    <LookBadge label="Disabled" tone="neutral" icon={Ban} />
  ) : (
    <LookBadge label="Active" tone="success" icon={CircleCheck} />
  );
}

const targetResultLooks: Record<ChosenTarget["result"], Look> = {
  flushed: { label: "Flushed", tone: "success", icon: CircleCheck },
  failed: { label: "Failed", tone: "danger", icon: CircleX },
  "nothing-kept": { label: "Nothing was kept any more", tone: "neutral", icon: CircleSlash },
  "in-progress": { label: "In progress", tone: "info", icon: LoaderCircle, spinning: true },
  "not-reached": { label: "Not reached", tone: "warning", icon: Unplug },
  forgotten: { label: "No longer known", tone: "neutral", icon: CircleSlash },
};

/** The outcome of one target of a retry. */
export function TargetResultBadge({ result }: Pick<ChosenTarget, "result">) {
  return <LookBadge {...targetResultLooks[result]} />;
}
