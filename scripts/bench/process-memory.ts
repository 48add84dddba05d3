import { readFile } from "node:fs/promises";

const pageBytes = 4_096;
const sampleEveryMs = 20;

/** Bytes of memory that a process holds; undefined where there is no /proc to ask. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    const pages = (await readFile(`/proc/${pid}/statm`, "utf8")).split(" ")[1];
    return Number(pages) * pageBytes;
  } catch {
    return undefined;
  }
}

/** The most that the process held while `action` ran. */
export async function peakWhile<T>(
  pid: number,
  action: () => Promise<T>,
): Promise<{ result: T; peakBytes: number | undefined }> {
  let peakBytes = await residentBytes(pid);
  const sample = async () => {
    const now = await residentBytes(pid);
    if (now !== undefined && now > (peakBytes ?? 0)) peakBytes = now;
  };
  const timer = setInterval(() => void sample(), sampleEveryMs);
  try {
    const result = await action();
    await sample();
    return { result, peakBytes };
  } finally {
    clearInterval(timer);
  }
}
