/** `PUT /api/v1/forum/topics`: sets the titles and other facts of topics. */
import { z } from "zod";
import { fieldProblems } from "~/lib/field-problems";
import { parseJson, readBytes } from "~/server/request-body.server";
import type { Services } from "~/services.server";
import { topicEntrySchema } from "~/stats/topic-entry";
import { apiError, invalidRequest, type Answer } from "./answers.server";
import { namedBodies } from "./bodies";

/** The largest body, in bytes, and the most topics of one call. */
export const LARGEST_TOPICS_BODY = 4 * 1_024 * 1_024;
const MOST_WRITTEN_TOPICS = 1_000;

export const topicsRequestSchema = z
  .strictObject(
    {
      topics: z
        .array(topicEntrySchema, "must be a list")
        .max(MOST_WRITTEN_TOPICS, `must have at most ${MOST_WRITTEN_TOPICS} topics`)
        .superRefine((topics, context) => {
          const first = new Map<string, number>();
          for (const [index, { topicId }] of topics.entries()) {
            const other = first.get(topicId);
            const message = `is the id of topics[${other}], too`;
            if (other === undefined) first.set(topicId, index);
            else context.addIssue({ code: "custom", path: [index, "topicId"], message });
          }
        }),
    },
    "must be an object",
  )
  .describe("Topics; each replaces what is known of it")
  .register(namedBodies, { id: "TopicsRequest" });

const count = z.int().min(0);

export const topicsWrittenSchema = z
  .object({ created: count, updated: count, unchanged: count })
  .describe("How many topics were created, updated and unchanged")
  .register(namedBodies, { id: "TopicsWritten" });

/** The most problems that one answer lists. */
const MOST_PROBLEMS = 20;

export async function putTopics(
  { directory }: Pick<Services, "directory">,
  request: Request,
): Promise<Answer> {
  const bytes = await readBytes(request, LARGEST_TOPICS_BODY);
  if (bytes === undefined) {
    const message = `body must have at most ${LARGEST_TOPICS_BODY} bytes`;
    return apiError(413, { code: "body_too_large", message }, { Connection: "close" });
  }
  const value = parseJson(bytes.toString("utf8"));
  if (value === undefined) return invalidRequest([{ field: "body", message: "must be JSON" }]);
  const parsed = topicsRequestSchema.safeParse(value);
  if (!parsed.success) return invalidRequest(fieldProblems(parsed.error).slice(0, MOST_PROBLEMS));
  const body: z.infer<typeof topicsWrittenSchema> = await directory.upsert(parsed.data.topics);
  return { status: 200, body };
}
