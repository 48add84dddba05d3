import { expect, test } from "vitest";
import { DependencyError } from "~/platform/dependency-error.server";
import { createLogger } from "~/platform/logger.server";
import { connectDatabase } from "~/platform/postgres.server";
import { forAllTests, useServers } from "../helpers/use-servers";

/** Errors of Prisma have the same form as those of a statement through `pg`. */

const use = useServers();
const connect = (url: string) =>
  connectDatabase({ url, poolSize: 2, logger: createLogger("silent") });
const database = forAllTests(() => connect(use.database.url));
const away = forAllTests(() => connect("postgres://u:password@127.0.0.1:1/none"));

const terminate = () =>
  database.prisma.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())::text`;

test.each<[what: string, call: () => Promise<unknown>, message: string]>([
  ["a raw query", () => database.prisma.$queryRaw`SELECT 1 / 0`, "Database error"],
  [
    "a transaction",
    () =>
      database.prisma.$transaction([
        database.prisma.user.count(),
        database.prisma.$executeRaw`SELECT nothing`,
      ]),
    "Database error",
  ],
  ["a query that is cut off", terminate, "Database connection failed"],
  ["a query to nobody", () => away.prisma.user.count(), "Database connection failed"],
  [
    "a transaction with nobody",
    () => away.prisma.$transaction([away.prisma.user.count(), away.prisma.session.count()]),
    "Database connection failed",
  ],
])("%s fails as a DependencyError that names no host", async (_what, call, message) => {
  const error: unknown = await call().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DependencyError);
  expect(error).toMatchObject({ dependency: "postgres", message });
  expect((error as DependencyError).cause).toBeInstanceOf(Error);
});
