import { z } from "zod";
import {
  looksLikeWallet,
  newPasswordSchema,
  newUserSchema,
  roleSchema,
  userIdSchema,
} from "~/accounts/credentials.server";
import { identityKinds, walletIdentity } from "~/accounts/identities";
import { roleTexts } from "~/accounts/rights";
import type { SignedInUser } from "~/accounts/sessions.server";
import type { ChangeResult, Users } from "~/accounts/users.server";
import { walletAddress } from "~/accounts/wallet-address.server";
import type { FlashMessage } from "~/server/flash.server";

/** The forms on the page of users, told apart by their `intent`. */
export const userFormSchema = z.discriminatedUnion("intent", [
  newUserSchema.extend({ intent: z.literal("create") }),
  z.object({ intent: z.literal("disable"), id: userIdSchema }),
  z.object({ intent: z.literal("enable"), id: userIdSchema }),
  z.object({ intent: z.literal("role"), id: userIdSchema, role: roleSchema }),
  z.object({ intent: z.literal("password"), id: userIdSchema, password: newPasswordSchema }),
  z.object({
    intent: z.literal("add-wallet"),
    id: userIdSchema,
    address: z.string({ error: "Enter the wallet's address" }).trim(),
  }),
  z.object({
    intent: z.literal("remove-identity"),
    id: userIdSchema,
    kind: z.enum(identityKinds),
    issuer: z.string().max(500).default(""),
    subject: z.string().max(300),
  }),
]);
export type UserForm = z.output<typeof userFormSchema>;

export type Administered =
  | { message: Pick<FlashMessage, "kind" | "text"> }
  /** Problems that only the database, the address or the settings tell. */
  | { fieldErrors: Record<string, string[]> };

const wrongWallet =
  "This is no wallet's address: it has 0x and 40 digits, and its capital letters have to be right";

/** Carries out what an admin asked for on the page of users. @throws DependencyError */
export async function administerUsers(
  users: Users,
  admin: SignedInUser,
  form: UserForm,
  options: { hasOpenId: boolean } = { hasOpenId: false },
): Promise<Administered> {
  if (form.intent === "create") return createUser(users, admin, form, options);
  // Admins who lock themselves out cannot undo it; and to change one's own password takes the current one.
  if (form.id === admin.id) {
    return done("error", "Another admin has to change your account.");
  }
  switch (form.intent) {
    case "disable":
      return told(
        await users.disable(admin.name, form.id),
        (email) => `${email} is signed out everywhere and cannot sign in any more.`,
      );
    case "enable":
      return told(
        await users.enable(admin.name, form.id),
        (email) => `${email} can sign in again.`,
      );
    case "role":
      return told(
        await users.changeRole(admin.name, form.id, form.role),
        (email) => `${email} is ${roleTexts[form.role].withArticle} from the next request on.`,
      );
    case "add-wallet": {
      const address = await walletAddress(form.address);
      if (address === undefined) return problem("address", wrongWallet);
      return told(
        await users.addIdentity(admin.name, form.id, walletIdentity(address)),
        (name) => `${name} can sign in with ${address} now.`,
      );
    }
    case "remove-identity":
      return told(
        await users.removeIdentity(admin.name, form.id, form),
        (name) => `${name} is signed out everywhere and cannot sign in with ${form.subject} now.`,
      );
    case "password":
      return told(
        await users.changePassword(admin.name, { id: form.id, password: form.password }),
        (email) => `${email} has a new password and is signed out everywhere.`,
      );
  }
}

async function createUser(
  users: Users,
  admin: SignedInUser,
  { email: invitee, role, password }: Extract<UserForm, { intent: "create" }>,
  { hasOpenId }: { hasOpenId: boolean },
): Promise<Administered> {
  const isWallet = looksLikeWallet(invitee);
  if (isWallet && password !== undefined) {
    return problem("password", "A wallet signs in without a password: leave this empty");
  }
  if (!isWallet && password === undefined && !hasOpenId) {
    return problem("password", "Enter a password");
  }
  const address = isWallet ? await walletAddress(invitee) : undefined;
  if (isWallet && address === undefined) return problem("email", wrongWallet);
  const who = address === undefined ? { email: invitee } : { address };
  const isNew = await users.create(admin.name, { ...who, role, password });
  return isNew
    ? done("success", `${address ?? invitee} can sign in now, as ${roleTexts[role].withArticle}.`)
    : problem("email", "There is a user with this address already");
}

function problem(field: "email" | "password" | "address", text: string): Administered {
  return { fieldErrors: { [field]: [text] } };
}

const unchanged: Record<Exclude<ChangeResult["kind"], "changed">, string> = {
  unknown: "There is no such user any more.",
  "only-door":
    "This is the only way in which this user can sign in, or it is gone already. To keep them out, disable them.",
  taken: "A user has this address already.",
  "last-admin": "This is the last active admin: make somebody else an admin first.",
};

function told(result: ChangeResult, changed: (name: string) => string): Administered {
  return result.kind === "changed"
    ? done("success", changed(result.name))
    : done("error", unchanged[result.kind]);
}

function done(kind: FlashMessage["kind"], text: string): Administered {
  return { message: { kind, text } };
}
