import { z } from "zod";
import type { AnswerHeader } from "./operation";

export function retryAfter(description: string): Record<string, AnswerHeader> {
  const schema = z.string().regex(/^[1-9]\d*$/);
  return { "Retry-After": { description, required: true, schema, example: "5" } };
}

export const authenticate: Record<string, AnswerHeader> = {
  "WWW-Authenticate": {
    description: "How to identify yourself.",
    required: true,
    schema: z.literal("Bearer"),
    example: "Bearer",
  },
};
