import { randomBytes } from "node:crypto";

/** A DAO that no other test uses, so that tests do not share keys and rows. */
export function testDaoSlug(): string {
  return `t-${randomBytes(6).toString("hex")}`;
}
