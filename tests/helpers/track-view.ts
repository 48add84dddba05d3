import type { ViewTracker } from "~/counting/view-tracker.server";

/** Counts a view without any limit of clients or networks. Returns whether it was counted. */
export async function trackView(
  tracker: Pick<ViewTracker, "count">,
  targetId: string,
  viewer: string,
  targetType = "forum_topic",
): Promise<boolean> {
  const { outcome } = await tracker.count({ targetType, targetId, viewer: { name: viewer } });
  return outcome === "counted";
}
