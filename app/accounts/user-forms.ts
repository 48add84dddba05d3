/** The forms on the pages of users and of one's own account, told apart by their `intent`. */
import { z } from "zod";
import {
  givenPasswordSchema,
  newPasswordSchema,
  newUserSchema,
  roleSchema,
  userIdSchema,
} from "./credentials";

export const userFormSchema = z.discriminatedUnion("intent", [
  newUserSchema.extend({ intent: z.literal("create") }),
  z.object({ intent: z.literal("disable"), id: userIdSchema }),
  z.object({ intent: z.literal("enable"), id: userIdSchema }),
  z.object({ intent: z.literal("role"), id: userIdSchema, role: roleSchema }),
  z.object({ intent: z.literal("password"), id: userIdSchema, password: newPasswordSchema }),
]);
export type UserForm = z.output<typeof userFormSchema>;

export const ownPasswordSchema = z
  .object({
    currentPassword: givenPasswordSchema,
    password: newPasswordSchema,
    repeated: z.string({ error: "Enter the new password again" }),
  })
  .refine(({ password, repeated }) => password === repeated, {
    path: ["repeated"],
    message: "This is not the same password",
  });
