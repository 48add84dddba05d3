-- People may be known by a wallet or by the organisation's own sign-in alone.
ALTER TABLE "users" ALTER COLUMN "email" DROP NOT NULL,
  ALTER COLUMN "password_hash" DROP NOT NULL,
  ADD COLUMN "last_signed_in_at" TIMESTAMPTZ(3);
UPDATE "users" SET "last_signed_in_at" =
  (SELECT max("created_at") FROM "sessions" WHERE "user_id" = "users"."id");

-- CreateTable
CREATE TABLE "user_identities" (
    "kind" VARCHAR(10) NOT NULL,
    "issuer" VARCHAR(500) NOT NULL DEFAULT '',
    "subject" VARCHAR(300) NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "user_identities_pkey" PRIMARY KEY ("kind","issuer","subject")
);
CREATE INDEX "user_identities_user_id_idx" ON "user_identities"("user_id");
ALTER TABLE "user_identities" ADD CONSTRAINT "user_identities_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "sessions" ADD COLUMN "id" UUID NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN "name" VARCHAR(320),
  ADD COLUMN "browser" VARCHAR(100),
  ADD COLUMN "network" VARCHAR(50),
  ADD COLUMN "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp();
CREATE UNIQUE INDEX "sessions_id_key" ON "sessions"("id");
