-- What the topics are called, as the forum says it.
CREATE TABLE "topics" (
    "dao_slug" VARCHAR(50) NOT NULL,
    "topicId" VARCHAR(100) NOT NULL,
    "title" TEXT NOT NULL,
    "url" TEXT,
    "category" TEXT,
    "created_at" TIMESTAMPTZ(3),
    "hidden" BOOLEAN NOT NULL DEFAULT false,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "search" TEXT NOT NULL,

    CONSTRAINT "topics_pkey" PRIMARY KEY ("dao_slug","topicId")
);

-- CreateIndex
CREATE INDEX "topics_dao_slug_category_idx" ON "topics"("dao_slug", "category");

-- For pasted addresses. A hash index takes texts of any length.
CREATE INDEX "topics_url_idx" ON "topics" USING HASH ("url");

-- Every three letters in a row of the words in a text, which begin with two spaces. An index of them finds parts of
-- words. The extension pg_trgm does the same, but is not on every hosted database.
CREATE FUNCTION topic_trigrams(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
'SELECT array_agg(DISTINCT substr(padded, i, 3))
FROM (SELECT ''  '' || replace($1, '' '', ''  '') AS padded) AS word, generate_series(1, length(padded) - 2) AS i';

-- Prisma's schema cannot express the index of an expression.
CREATE INDEX "topics_search" ON "topics" USING GIN (topic_trigrams("search"));
