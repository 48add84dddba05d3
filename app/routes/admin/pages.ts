import {
  History,
  Hourglass,
  LayoutDashboard,
  MessagesSquare,
  ScrollText,
  TriangleAlert,
  Users,
  type LucideIcon,
} from "lucide-react";

export interface NavigationPage {
  label: string;
  to: string;
  icon: LucideIcon;
  /** Pressed after `g`. */
  key: string;
  adminsOnly?: boolean;
}

export const FAILURES_PATH = "/admin/failures";

export const pages: NavigationPage[] = [
  { label: "Overview", to: "/admin", icon: LayoutDashboard, key: "o" },
  { label: "Pending", to: "/admin/pending", icon: Hourglass, key: "p" },
  { label: "Topics", to: "/admin/topics", icon: MessagesSquare, key: "t" },
  { label: "Runs", to: "/admin/runs", icon: History, key: "r" },
  { label: "Failures", to: FAILURES_PATH, icon: TriangleAlert, key: "f" },
  { label: "Audit log", to: "/admin/audit", icon: ScrollText, key: "a" },
  { label: "Users", to: "/admin/users", icon: Users, key: "u", adminsOnly: true },
];

export function pagesFor(role: "operator" | "admin"): NavigationPage[] {
  return pages.filter((page) => !page.adminsOnly || role === "admin");
}
