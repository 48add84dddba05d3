import type { Logger } from "pino";
import { DependencyError } from "./dependency-error.server";

/** A part of a page that is left out, with the reason, while the server that knows it is away. */
export type Available<Part> = ({ available: true } & Part) | { available: false; reason: string };

/** Reads a part of a page. Only a `DependencyError` makes it unavailable; anything else goes on. */
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
