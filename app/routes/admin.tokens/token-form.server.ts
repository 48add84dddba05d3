import { z } from "zod";
import {
  tokenLastDaySchema,
  tokenNameSchema,
  tokenScopesSchema,
} from "~/accounts/api-tokens.server";

/** The forms on the page of tokens, told apart by their `intent`. */
export const tokenFormSchema = z.discriminatedUnion("intent", [
  z.object({
    intent: z.literal("create"),
    name: tokenNameSchema,
    scopes: z.preprocess((value) => value ?? [], tokenScopesSchema),
    lastDay: tokenLastDaySchema,
  }),
  z.object({ intent: z.literal("revoke"), id: z.uuid("Unknown token") }),
]);
