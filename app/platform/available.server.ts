import type { Logger } from "pino";
import { DependencyError } from "./dependency-error.server";

/** A part of a page. While the server that it comes from is away, it is left out, and the reason is shown. */
export type Available<Part> = ({ available: true } & Part) | { available: false; reason: string };

/** Reads a part of a page. A `DependencyError` makes it unavailable; any other error is thrown. */
export async function whenAvailable<Part extends object>(
  logger: Logger,
  read: () => Promise<Part>,
): Promise<Available<Part>> {
  try {
    return { available: true, ...(await read()) };
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    logger.warn({ err: error }, "A part of a page could not be shown");
    return { available: false, reason: error.message };
  }
}
