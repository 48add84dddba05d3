import { createHash } from "node:crypto";
import { chown, mkdir } from "node:fs/promises";
import path from "node:path";
import { runCommand } from "./run-command";
import { SetupError } from "./setup-error";

export interface UnprivilegedAccount {
  uid: number;
  gid: number;
}

/** PostgreSQL refuses to run as root. Root runs it as `postgres` if there is such an account, else as `nobody`. */
export async function unprivilegedAccount(): Promise<UnprivilegedAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = await Promise.all(
      ["-u", "-g"].map((option) => runCommand("id", [option, name], { seconds: 5 })),
    );
    if (uid?.ok && gid?.ok) return { uid: Number(uid.output), gid: Number(gid.output) };
  }
  throw new SetupError("PostgreSQL refuses to run as root, and no other account was found");
}

/** Another place for a folder that only root can enter, such as a checkout below /root. */
export function placeFor(folder: string): string {
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  return path.join("/var/lib/forum-views", name);
}

/** Makes a folder for the account's data: this one, or another that the account can enter. */
export async function folderFor(wished: string, account?: UnprivilegedAccount): Promise<string> {
  await mkdir(wished, { recursive: true });
  if (!account) return wished;
  for (const folder of [wished, placeFor(wished)]) {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await chown(folder, account.uid, account.gid);
    const asAccount = { ...account, cwd: "/", seconds: 5 };
    if ((await runCommand("test", ["-w", folder], asAccount)).ok) return folder;
  }
  throw new SetupError(`The account that runs PostgreSQL can write neither ${wished} nor /var/lib`);
}
