import { CircleAlert, CircleCheck, Info, TriangleAlert, type LucideIcon } from "lucide-react";

export type StatusTone = "success" | "warning" | "danger" | "info";
export type Tone = StatusTone | "neutral" | "accent";

export const toneText: Record<Tone, string> = {
  neutral: "text-ink-muted",
  accent: "text-accent-text",
  success: "text-success-text",
  warning: "text-warning-text",
  danger: "text-danger-text",
  info: "text-info-text",
};

export const toneBox: Record<Tone, string> = {
  neutral: "border-line bg-surface-muted text-ink-muted",
  accent: "border-accent-soft bg-accent-soft text-accent-text",
  success: "border-success-line bg-success-soft text-success-text",
  warning: "border-warning-line bg-warning-soft text-warning-text",
  danger: "border-danger-line bg-danger-soft text-danger-text",
  info: "border-info-line bg-info-soft text-info-text",
};

export const toneIcon: Record<StatusTone, LucideIcon> = {
  success: CircleCheck,
  warning: TriangleAlert,
  danger: CircleAlert,
  info: Info,
};
