import { MOST_TOPICS, type FieldProblem } from "./bodies";
import { TOPIC_ID_PATTERN } from "~/sync/target";

export function topicIdProblem(field: string, topicId: string): FieldProblem | undefined {
  if (TOPIC_ID_PATTERN.test(topicId)) return undefined;
  return { field, message: "must be 1 to 100 letters, digits, hyphens or underscores" };
}

/** Reads `1,2,3`; repeated ids are answered once. */
export function parseTopicIds(
  text: string | null,
): { topicIds: string[] } | { problem: FieldProblem } {
  const field = "topicIds";
  const topicIds = [...new Set((text ?? "").split(","))];
  if (text === null || text === "") {
    return { problem: { field, message: "must name at least one topic" } };
  }
  if (topicIds.length > MOST_TOPICS) {
    return { problem: { field, message: `must name at most ${MOST_TOPICS} topics` } };
  }
  for (const topicId of topicIds) {
    const problem = topicIdProblem(field, topicId);
    if (problem) return { problem: { field, message: `${problem.message}, separated by commas` } };
  }
  return { topicIds };
}
