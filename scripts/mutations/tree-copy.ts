import { cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { mutate, type Mutation } from "./mutation";

/** What is made again where it is needed, or is none of a copy's business. */
const LEFT_OUT = ["node_modules", ".git", "build", "public/build", ".data", ".cache"];

/** A copy of the tree to break: whatever happens, the tree itself stays as it is. */
export class TreeCopy {
  private constructor(readonly folder: string) {}

  static async make(root: string): Promise<TreeCopy> {
    const folder = await mkdtemp(path.join(tmpdir(), "forum-views-mutation-"));
    await cp(root, folder, {
      recursive: true,
      filter: (source) => !LEFT_OUT.includes(path.relative(root, source)),
    });
    await symlink(await realpath(path.join(root, "node_modules")), `${folder}/node_modules`);
    return new TreeCopy(folder);
  }

  /** Runs `action` while the mutation is in place. */
  async whileMutated<T>(mutation: Mutation, action: () => Promise<T>): Promise<T> {
    const file = path.join(this.folder, mutation.file);
    const source = await readFile(file, "utf8");
    await writeFile(file, mutate(source, mutation));
    try {
      return await action();
    } finally {
      await writeFile(file, source);
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
