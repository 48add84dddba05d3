import { randomBytes } from "node:crypto";

/** A DAO that no other test has: it keeps the tests' keys and rows apart. */
export function testDaoSlug(): string {
  return `t-${randomBytes(6).toString("hex")}`;
}
