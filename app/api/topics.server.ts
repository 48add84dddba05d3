import { parseJson, readBytes } from "~/server/request-body.server";
import type { Services } from "~/services.server";
import { fieldProblems } from "~/lib/field-problems";
import { respond } from "./answer-caller.server";
import { apiError, invalidRequest } from "./answers.server";
import { LARGEST_TOPICS_BODY, topicsRequestSchema, type TopicsWritten } from "./topics-bodies";

/** The most problems that one answer lists. */
const MOST_PROBLEMS = 20;

/** `PUT /api/v1/forum/topics`: sets the titles and other facts of topics. */
export async function putTopics(
  { directory }: Pick<Services, "directory">,
  request: Request,
): Promise<Response> {
  const bytes = await readBytes(request, LARGEST_TOPICS_BODY);
  if (bytes === undefined) {
    const message = `body must have at most ${LARGEST_TOPICS_BODY} bytes`;
    return respond(apiError(413, { code: "body_too_large", message }, { Connection: "close" }));
  }
  const value = parseJson(bytes.toString("utf8"));
  if (value === undefined) {
    return respond(invalidRequest([{ field: "body", message: "must be JSON" }]));
  }
  const parsed = topicsRequestSchema.safeParse(value);
  if (!parsed.success) {
    return respond(invalidRequest(fieldProblems(parsed.error).slice(0, MOST_PROBLEMS)));
  }
  const body: TopicsWritten = await directory.upsert(parsed.data.topics);
  return respond({ status: 200, body });
}
