-- CreateTable
CREATE TABLE "alerts" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "dao_slug" VARCHAR(50) NOT NULL,
    "kind" VARCHAR(30) NOT NULL,
    "title" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "resolved_at" TIMESTAMPTZ(3),
    "firing_sent_at" TIMESTAMPTZ(3),
    "resolved_sent_at" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "alerts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_checks" (
    "dao_slug" VARCHAR(50) NOT NULL,
    "number" BIGINT NOT NULL DEFAULT 1,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "alert_checks_pkey" PRIMARY KEY ("dao_slug")
);

-- One alert of a kind at a time, however many processes see that something is wrong.
-- Prisma's schema cannot express a partial index.
CREATE UNIQUE INDEX "alerts_one_open" ON "alerts"("dao_slug", "kind") WHERE "resolved_at" IS NULL;
-- What still has to be sent: few rows, whatever has been sent before.
CREATE INDEX "alerts_to_send" ON "alerts"("dao_slug", "next_attempt_at") WHERE "resolved_sent_at" IS NULL;
