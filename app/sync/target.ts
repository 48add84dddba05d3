/** What is counted: `targetType:targetId`, in Redis the member of a sorted set. */
export interface Target {
  targetType: string;
  targetId: string;
}

/** The only type that is persisted. */
export const FORUM_TOPIC = "forum_topic";
/** The older name of the type; read as `forum_topic`. */
const FORUM_TOPIC_ALIAS = "topic";

/** A topic id as the API accepts it and the table can store it. */
export const TOPIC_ID_PATTERN = /^[A-Za-z0-9_-]{1,100}$/;

export function topicTarget(topicId: string): string {
  return `${FORUM_TOPIC}:${topicId}`;
}

/** The names that views of a topic may have in Redis: its own, and the older one. */
export function namesOfTopic(topicId: string): string[] {
  return [topicTarget(topicId), `${FORUM_TOPIC_ALIAS}:${topicId}`];
}

/** Splits at the first colon; a text without one is a type without an id. */
export function parseTarget(text: string): Target {
  const colon = text.indexOf(":");
  if (colon < 0) return { targetType: text, targetId: "" };
  return { targetType: text.slice(0, colon), targetId: text.slice(colon + 1) };
}

export function normaliseType(targetType: string): string {
  return targetType === FORUM_TOPIC_ALIAS ? FORUM_TOPIC : targetType;
}

export type TargetReading =
  | { kind: "topic"; topicId: string }
  /** Written under the older type name. */
  | { kind: "alias"; topicId: string }
  | { kind: "malformed"; reason: string };

/** Decides what a member of the overlay stands for. Reasons are plain sentences for operators. */
export function readTarget(text: string): TargetReading {
  const { targetType, targetId } = parseTarget(text);
  if (normaliseType(targetType) !== FORUM_TOPIC) {
    return { kind: "malformed", reason: "Unknown target type" };
  }
  if (!TOPIC_ID_PATTERN.test(targetId)) return { kind: "malformed", reason: "Invalid topic ID" };
  if (targetType === FORUM_TOPIC_ALIAS) return { kind: "alias", topicId: targetId };
  return { kind: "topic", topicId: targetId };
}
