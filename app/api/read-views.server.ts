import type { ApiErrorBody, ManyTopicViews } from "./bodies";
import type { TopicViews } from "~/counting/topic-views.server";
import type { Services } from "~/services.server";
import type { ApiAnswer } from "./api-answer.server";
import { invalidRequest, unavailable } from "./api-error.server";
import { parseTopicIds, topicIdProblem } from "./topic-ids";

type ReadServices = Pick<Services, "topicViews" | "logger">;

/** `GET …/topics/:topicId/views`. */
export async function readTopicViews(
  { topicViews, logger }: ReadServices,
  topicId: string,
): Promise<ApiAnswer<TopicViews | ApiErrorBody>> {
  const problem = topicIdProblem("topicId", topicId);
  if (problem) return invalidRequest([problem]);
  try {
    const [body] = await topicViews.read([topicId]);
    return { status: 200, body: body! };
  } catch (error) {
    return unavailable(error, logger);
  }
}

/** `GET …/views?topicIds=1,2,3`. */
export async function readManyViews(
  { topicViews, logger }: ReadServices,
  query: URLSearchParams,
): Promise<ApiAnswer<ManyTopicViews | ApiErrorBody>> {
  const parsed = parseTopicIds(query.get("topicIds"));
  if ("problem" in parsed) return invalidRequest([parsed.problem]);
  try {
    const topics = await topicViews.read(parsed.topicIds);
    return { status: 200, body: { topics } };
  } catch (error) {
    return unavailable(error, logger);
  }
}
