import { z } from "zod";
import { plainText } from "~/lib/plain-text";
import { TOPIC_ID_PATTERN } from "~/sync/target";
import { webAddress } from "./topic-search";

const LONGEST_ADDRESS = 2_000;

/** What a forum says about a topic. Fields that it leaves out are unknown. */
export const topicEntrySchema = z
  .strictObject(
    {
      topicId: z
        .string("must be a string")
        .regex(TOPIC_ID_PATTERN, "must be 1 to 100 letters, digits, hyphens or underscores"),
      title: z
        .string("must be a string")
        .refine((title) => plainText(title, 1) !== "", "must not be empty")
        .describe("Text, never HTML; what is longer than 300 letters is cut"),
      url: z
        .string("must be a string")
        .max(LONGEST_ADDRESS, `must have at most ${LONGEST_ADDRESS} characters`)
        .refine((url) => webAddress(url) !== undefined, "must be an http or https URL")
        .nullish()
        .describe("The topic's page; without it `TOPIC_URL` leads there"),
      category: z.string("must be a string").nullish(),
      createdAt: z.iso
        .datetime({ offset: true, error: "must be a time such as 2026-01-15T14:23:45Z" })
        .nullish(),
      hidden: z
        .boolean("must be true or false")
        .nullish()
        .describe("Deleted, or not revealed yet: its views are kept, its title is not shown"),
    },
    "must be an object",
  )
  .describe("What a topic is called. What is left out is unknown");

export type TopicEntry = z.infer<typeof topicEntrySchema>;
