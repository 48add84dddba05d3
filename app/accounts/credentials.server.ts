/** The fields of accounts, with the same rules for forms, the command line and the database. */
import { hash, verify } from "@node-rs/argon2";
import { z } from "zod";
import { USER_ROLES } from "./rights";

export const SHORTEST_PASSWORD = 12;
/** Bounds the work that a single attempt can cause. */
export const LONGEST_PASSWORD = 200;

/** Trimmed and in lower case, so that each person has one spelling. */
export const emailSchema = z
  .string({ error: "Enter an e-mail address" })
  .trim()
  .toLowerCase()
  .min(1, "Enter an e-mail address")
  .max(320, "An e-mail address has at most 320 characters")
  .pipe(z.email("Enter an e-mail address such as name@example.org"));

/** Length is what makes a password strong; rules about its characters are not. */
export const newPasswordSchema = z
  .string({ error: "Enter a password" })
  .min(SHORTEST_PASSWORD, `A password has at least ${SHORTEST_PASSWORD} characters`)
  .max(LONGEST_PASSWORD, `A password has at most ${LONGEST_PASSWORD} characters`);

/** A password that somebody claims to have: any that could ever have been set. */
export const givenPasswordSchema = z
  .string({ error: "Enter your password" })
  .min(1, "Enter your password")
  .max(LONGEST_PASSWORD, `A password has at most ${LONGEST_PASSWORD} characters`);

export const roleSchema = z.enum(USER_ROLES, { error: "Choose operator, maintainer or admin" });

export const userIdSchema = z.uuid("Unknown user");

export const signInSchema = z.object({ email: emailSchema, password: givenPasswordSchema });

/** Whether a text looks like a wallet's address; `walletAddress` checks whether it is one. */
export function looksLikeWallet(text: string): boolean {
  return /^0x[0-9a-f]{40}$/i.test(text);
}

/** Whom an admin invites, as one field: an e-mail address or a wallet's. */
export const inviteeSchema = z
  .string({ error: "Enter an e-mail address or a wallet's address" })
  .transform((text, context) => {
    const trimmed = text.trim();
    if (looksLikeWallet(trimmed)) return trimmed;
    const email = emailSchema.safeParse(trimmed);
    if (email.success) return email.data;
    const message = /^0x|\.eth$/i.test(trimmed)
      ? "Enter the wallet's full address, 0x and 40 digits: names can change hands"
      : email.error.issues[0]?.message;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

/** `password` only goes with an e-mail address. */
export const newUserSchema = z.object({
  email: inviteeSchema,
  role: roleSchema,
  password: newPasswordSchema.optional(),
});

/**
 * OWASP's first choice for argon2id (the library's default variant): memory in KiB, passes, lanes.
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
const argon2id = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * Unicode has several forms of the same character, and keyboards and systems differ in which one they send.
 */
function normalise(password: string): string {
  return password.normalize("NFKC");
}

export function hashPassword(password: string): Promise<string> {
  return hash(normalise(password), argon2id);
}

let nobodysHash: Promise<string> | undefined;

/** Whether the password is the hashed one. Takes as long without a hash, for users who do not exist. */
export async function verifyPassword(
  passwordHash: string | undefined,
  password: string,
): Promise<boolean> {
  nobodysHash ??= hashPassword("the password of nobody");
  const substitute = await nobodysHash;
  const matches = await verify(passwordHash ?? substitute, normalise(password));
  return matches && passwordHash !== undefined;
}
