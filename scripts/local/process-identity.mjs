import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * When a process was started, in the system's own words; undefined when it is gone. Together with the
 * process id it identifies a process for good: ids are reused, quickly so in a container.
 * @param {number} pid
 * @returns {string | undefined}
 */
export function startedAt(pid) {
  try {
    if (process.platform !== "linux") {
      const options = { encoding: /** @type {const} */ ("utf8") };
      return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], options).trim() || undefined;
    }
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the command's name, may hold spaces: count from its closing parenthesis.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, startTime] = [fields[0], fields[19]];
    return state === "Z" ? undefined : startTime;
  } catch {
    return undefined;
  }
}
