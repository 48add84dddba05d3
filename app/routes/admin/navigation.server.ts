import type { Services } from "~/services.server";

/**
 * The number of failing and parked targets, for the badge in the navigation; null when it cannot be read,
 * since that is no reason for a page to fail.
 */
export async function countFailures({ prisma, env, logger }: Services): Promise<number | null> {
  const where = { dao_slug: env.DAO_SLUG, views: { gt: 0 } };
  try {
    return await prisma.failedTarget.count({ where });
  } catch (error) {
    logger.warn({ err: error }, "The failing targets could not be counted");
    return null;
  }
}
