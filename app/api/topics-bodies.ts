/** What `PUT /api/v1/forum/topics` takes and answers. */
import { z } from "zod";
import { topicEntrySchema } from "~/stats/topic-entry";
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

export type TopicsWritten = z.infer<typeof topicsWrittenSchema>;
