import { z } from "zod";
import { namedBodies } from "./bodies";

const count = z.int().min(0);
const day = z.iso.date();
const daysShape = { from: day.describe("UTC"), to: day.describe("Included, UTC") };
const viewsShape = {
  views: count,
  previousViews: count.optional().describe("Only with `compare`"),
};

export const statsAnswerSchema = z
  .object({
    ...daysShape,
    total: count.describe("The sum over the days, and over all topics"),
    previous: z
      .object({ ...daysShape, total: count })
      .optional()
      .describe("Only with `compare`: the same number of days, right before"),
    days: z
      .array(z.object({ day, views: count }))
      .describe("Every day of the period, also those without views"),
    topics: z
      .array(
        z.object({
          topicId: z.string(),
          title: z.string().nullable(),
          url: z.string().nullable(),
          category: z.string().nullable(),
          ...viewsShape,
        }),
      )
      .describe("Most views first; facts that the directory does not have are null"),
    categories: z
      .array(z.object({ category: z.string().nullable(), ...viewsShape }))
      .describe("Most views first; null for topics without a category"),
  })
  .describe("The views of a period")
  .register(namedBodies, { id: "Stats" });

export type StatsAnswer = z.infer<typeof statsAnswerSchema>;
