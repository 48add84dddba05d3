import type { Services } from "~/services.server";

/**
 * How many targets are failing or parked, for the badge beside the navigation; null when it cannot be
 * known, since no page should fail for want of a badge.
 */
export async function countFailures({
  prisma,
  env,
  logger,
}: Pick<Services, "prisma" | "env" | "logger">): Promise<number | null> {
  const where = { dao_slug: env.DAO_SLUG, views: { gt: 0 } };
  try {
    return await prisma.failedTarget.count({ where });
  } catch (error) {
    logger.warn({ err: error }, "The failing targets could not be counted");
    return null;
  }
}
