import { z } from "zod";
import {
  newPasswordSchema,
  newUserSchema,
  roleSchema,
  userIdSchema,
} from "~/accounts/credentials.server";
import type { SignedInUser } from "~/accounts/sessions.server";
import type { ChangeResult, Users } from "~/accounts/users.server";
import type { FlashMessage } from "~/server/flash.server";

/** The forms on the page of users, told apart by their `intent`. */
export const userFormSchema = z.discriminatedUnion("intent", [
  newUserSchema.extend({ intent: z.literal("create") }),
  z.object({ intent: z.literal("disable"), id: userIdSchema }),
  z.object({ intent: z.literal("enable"), id: userIdSchema }),
  z.object({ intent: z.literal("role"), id: userIdSchema, role: roleSchema }),
  z.object({ intent: z.literal("password"), id: userIdSchema, password: newPasswordSchema }),
]);
export type UserForm = z.output<typeof userFormSchema>;

export type Administered =
  | { kind: "done"; message: Pick<FlashMessage, "kind" | "text"> }
  /** Something about a field that only the database could know. */
  | { kind: "field-problem"; field: "email"; text: string };

/** Carries out what an admin asked for on the page of users. @throws DependencyError */
export async function administerUsers(
  users: Users,
  admin: SignedInUser,
  form: UserForm,
): Promise<Administered> {
  if (form.intent === "create") {
    const isNew = await users.create(admin.email, form);
    return isNew
      ? done("success", `${form.email} can sign in now, as ${withArticle(form.role)}.`)
      : {
          kind: "field-problem",
          field: "email",
          text: "There is a user with this address already",
        };
  }
  // Whoever locks themselves out cannot undo it; and their own password takes the current one.
  if (form.id === admin.id) {
    return done("error", "Another admin has to change your account.");
  }
  switch (form.intent) {
    case "disable":
      return told(
        await users.disable(admin.email, form.id),
        (email) => `${email} is signed out everywhere and cannot sign in any more.`,
      );
    case "enable":
      return told(
        await users.enable(admin.email, form.id),
        (email) => `${email} can sign in again.`,
      );
    case "role":
      return told(
        await users.changeRole(admin.email, form.id, form.role),
        (email) => `${email} is ${withArticle(form.role)} from the next request on.`,
      );
    case "password":
      return told(
        await users.changePassword(admin.email, { id: form.id, password: form.password }),
        (email) => `${email} has a new password and is signed out everywhere.`,
      );
  }
}

function told(result: ChangeResult, changed: (email: string) => string): Administered {
  switch (result.kind) {
    case "changed":
      return done("success", changed(result.email));
    case "unknown":
      return done("error", "There is no such user any more.");
    case "last-admin":
      return done("error", "This is the last active admin: make somebody else an admin first.");
  }
}

function done(kind: FlashMessage["kind"], text: string): Administered {
  return { kind: "done", message: { kind, text } };
}

function withArticle(role: "operator" | "admin"): string {
  return role === "admin" ? "an admin" : "an operator";
}
