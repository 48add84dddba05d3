import { LARGEST_TOPICS_BODY, topicsRequestSchema, topicsWrittenSchema } from "../topics.server";
import {
  answer,
  databaseAway,
  example,
  invalidField,
  json,
  tokenRefusals,
  tooLarge,
} from "./parts";

const topic = {
  topicId: "12345",
  title: "[EP 5.2] Treasury diversification",
  url: "https://vote.example.org/forums/12345",
  category: "Treasury",
  createdAt: "2026-01-15T14:23:45Z",
};

/** The paths that a forum's own server calls. */
export const topicsPaths = {
  "/api/v1/forum/topics": {
    put: {
      operationId: "putTopics",
      tags: ["Topics"],
      security: [{ apiToken: ["topics:write"] }],
      summary: "Set titles and other facts of topics",
      description:
        "For forums that report changes as they happen, with a token that has the scope `topics:write`; up to 1,000 topics at once. The request replaces what is known of each topic: fields that are left out become unknown. It may be repeated, which changes nothing.",
      requestBody: {
        required: true,
        content: json(
          example(topicsRequestSchema, "topics", "Two topics, one of which is hidden", {
            topics: [topic, { topicId: "67890", title: "A deleted topic", hidden: true }],
          }),
        ),
      },
      responses: {
        200: answer("The directory has these topics as they were sent.", [
          example(topicsWrittenSchema, "written", "One is new, one was known", {
            created: 1,
            updated: 0,
            unchanged: 1,
          }),
        ]),
        400: answer("The body is not as described. Nothing of it was written.", [
          invalidField("topics[1].title", "must not be empty"),
          invalidField("body", "must be JSON"),
        ]),
        ...tokenRefusals("topics:write"),
        413: tooLarge("The body is larger than 4 MB.", LARGEST_TOPICS_BODY),
        503: databaseAway("PostgreSQL is away. Nothing was written."),
      },
    },
  },
};
