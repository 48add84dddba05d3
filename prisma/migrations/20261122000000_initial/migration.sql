-- CreateEnum
CREATE TYPE "run_trigger" AS ENUM ('cron', 'flush', 'retry');

-- CreateEnum
CREATE TYPE "run_status" AS ENUM ('running', 'succeeded', 'partial', 'failed', 'interrupted', 'empty');

-- CreateEnum
CREATE TYPE "discard_status" AS ENUM ('intended', 'booked');

-- CreateEnum
CREATE TYPE "user_role" AS ENUM ('operator', 'admin');

-- CreateTable
CREATE TABLE "forum_topic_view_stats" (
    "dao_slug" VARCHAR(50) NOT NULL,
    "topicId" VARCHAR(100) NOT NULL,
    "views" INTEGER NOT NULL DEFAULT 0,
    "lastUpdated" TIMESTAMP NOT NULL,
    "batch_id" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "forum_topic_view_stats_pkey" PRIMARY KEY ("dao_slug","topicId")
);

-- CreateTable
CREATE TABLE "forum_topic_view_daily" (
    "dao_slug" VARCHAR(50) NOT NULL,
    "topicId" VARCHAR(100) NOT NULL,
    "day" DATE NOT NULL,
    "views" INTEGER NOT NULL,

    CONSTRAINT "forum_topic_view_daily_pkey" PRIMARY KEY ("dao_slug","topicId","day")
);

-- CreateTable
CREATE TABLE "sync_runs" (
    "id" BIGSERIAL NOT NULL,
    "dao_slug" VARCHAR(50) NOT NULL,
    "trigger" "run_trigger" NOT NULL,
    "actor" VARCHAR(320) NOT NULL,
    "status" "run_status" NOT NULL DEFAULT 'running',
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "heartbeat_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "finished_at" TIMESTAMPTZ(3),
    "total" INTEGER NOT NULL DEFAULT 0,
    "flushed" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "views_flushed" BIGINT NOT NULL DEFAULT 0,
    "batch_id" BIGINT,
    "recovered" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "warning" TEXT,
    "targets" TEXT[] DEFAULT ARRAY[]::TEXT[],

    CONSTRAINT "sync_runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync_run_errors" (
    "id" BIGSERIAL NOT NULL,
    "run_id" BIGINT NOT NULL,
    "target" TEXT NOT NULL,
    "views" BIGINT,
    "error" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "sync_run_errors_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "failed_targets" (
    "dao_slug" VARCHAR(50) NOT NULL,
    "target" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 1,
    "first_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "last_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "last_error" TEXT NOT NULL,
    "last_run_id" BIGINT NOT NULL,
    "parked" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "failed_targets_pkey" PRIMARY KEY ("dao_slug","target")
);

-- CreateTable
CREATE TABLE "view_books" (
    "dao_slug" VARCHAR(50) NOT NULL,
    "applied" BIGINT NOT NULL DEFAULT 0,
    "discarded" BIGINT NOT NULL DEFAULT 0,
    "last_batch_id" BIGINT NOT NULL DEFAULT 0,
    "batch_applied" BIGINT NOT NULL DEFAULT 0,
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "view_books_pkey" PRIMARY KEY ("dao_slug")
);

-- CreateTable
CREATE TABLE "discards" (
    "id" BIGSERIAL NOT NULL,
    "dao_slug" VARCHAR(50) NOT NULL,
    "actor" VARCHAR(320) NOT NULL,
    "reason" TEXT NOT NULL,
    "targets" TEXT[],
    "status" "discard_status" NOT NULL DEFAULT 'intended',
    "views" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "booked_at" TIMESTAMPTZ(3),

    CONSTRAINT "discards_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "email" VARCHAR(320) NOT NULL,
    "password_hash" TEXT NOT NULL,
    "role" "user_role" NOT NULL,
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "token_digest" CHAR(64) NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("token_digest")
);

-- CreateTable
CREATE TABLE "audit_log" (
    "id" BIGSERIAL NOT NULL,
    "dao_slug" VARCHAR(50) NOT NULL,
    "actor" VARCHAR(320) NOT NULL,
    "action" VARCHAR(60) NOT NULL,
    "run_id" BIGINT,
    "details" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "audit_log_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "sync_runs_dao_slug_id_idx" ON "sync_runs"("dao_slug", "id" DESC);

-- CreateIndex
CREATE INDEX "sync_run_errors_run_id_id_idx" ON "sync_run_errors"("run_id", "id");

-- CreateIndex
CREATE INDEX "sync_run_errors_target_id_idx" ON "sync_run_errors"("target", "id" DESC);

-- CreateIndex
CREATE INDEX "discards_dao_slug_status_idx" ON "discards"("dao_slug", "status");

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE INDEX "sessions_user_id_idx" ON "sessions"("user_id");

-- CreateIndex
CREATE INDEX "audit_log_dao_slug_id_idx" ON "audit_log"("dao_slug", "id" DESC);

-- AddForeignKey
ALTER TABLE "sync_run_errors" ADD CONSTRAINT "sync_run_errors_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "sync_runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- The lock, the fence and the progress bar at once: one running sync for each DAO.
-- Prisma's schema cannot express a partial index.
CREATE UNIQUE INDEX "sync_runs_one_running" ON "sync_runs"("dao_slug") WHERE "status" = 'running';
