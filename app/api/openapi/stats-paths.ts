import { REACHABLE } from "~/stats/ranking";
import { answer, databaseAway, example, invalidField, json, text, tokenRefusals } from "./parts";
import { statsAnswerSchema, type StatsAnswer } from "../stats.server";

const compared: StatsAnswer = {
  from: "2026-11-26",
  to: "2026-11-27",
  total: 1_234,
  previous: { from: "2026-11-24", to: "2026-11-25", total: 1_000 },
  days: [
    { day: "2026-11-26", views: 834 },
    { day: "2026-11-27", views: 400 },
  ],
  topics: [
    {
      topicId: "12345",
      title: "Grants for the next season",
      url: "https://forum.example/t/12345",
      category: "Grants",
      views: 1_234,
      previousViews: 1_000,
    },
  ],
  categories: [{ category: "Grants", views: 1_234, previousViews: 1_000 }],
};

function query(name: string, description: string, schema: object, example: string | number) {
  return { name, in: "query", description, schema, example };
}

const day = { type: "string", format: "date" };

/** The paths that external dashboards and reports call. */
export const statsPaths = {
  "/api/v1/forum/stats": {
    get: {
      operationId: "readStats",
      tags: ["Statistics"],
      summary: "Read the views of a period",
      description:
        "Views belong to the UTC day on which a sync persisted them: pending views are not included yet. The sum over `days` is `total`, and so is the sum over all topics. Long periods may take some seconds the first time in a day.",
      security: [{ apiToken: ["stats:read"] }],
      parameters: [
        query("from", "The first day, UTC. Without it, 28 days up to `to`.", day, "2026-11-26"),
        query("to", "The last day, UTC. Without it, today.", day, "2026-11-27"),
        query(
          "compare",
          "Adds the period before: the same number of days, right before `from`.",
          { type: "string", enum: ["true", "false"], default: "false" },
          "true",
        ),
        query("category", "Only topics of this category.", { type: "string" }, "Grants"),
        query(
          "limit",
          "How many topics are listed, those with most views first.",
          { type: "integer", minimum: 1, maximum: REACHABLE, default: 100 },
          100,
        ),
      ],
      responses: {
        200: {
          description:
            "The views of the period; with `Accept: text/csv`, its topics as a table with a header row.",
          content: {
            ...json(
              example(statsAnswerSchema, "compared", "Two days, and the two before", compared),
            ),
            ...text(
              "text/csv",
              "topics",
              "The topics as CSV",
              "topicId,title,url,category,views\r\n12345,Grants for the next season,https://forum.example/t/12345,Grants,1234\r\n",
            ),
          },
        },
        400: answer("A parameter is wrong; the answer names it.", [
          invalidField("to", "must be a day such as 2026-11-01"),
        ]),
        ...tokenRefusals("stats:read"),
        503: databaseAway("PostgreSQL is away."),
      },
    },
  },
};
