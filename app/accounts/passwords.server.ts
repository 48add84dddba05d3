import { hash, verify } from "@node-rs/argon2";

/**
 * OWASP's first choice for argon2id (the library's default variant): memory in KiB, passes, lanes.
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
const argon2id = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Keyboards and systems write the same character in different ways. */
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
