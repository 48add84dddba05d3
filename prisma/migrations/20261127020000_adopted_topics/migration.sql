-- What `npm run db:adopt` has brought in of each topic, so that the next time only what came since is brought in.
CREATE TABLE "adopted_topics" (
    "dao_slug" VARCHAR(50) NOT NULL,
    "topicId" VARCHAR(100) NOT NULL,
    "views" BIGINT NOT NULL,

    CONSTRAINT "adopted_topics_pkey" PRIMARY KEY ("dao_slug","topicId")
);

-- Whether the old table has topics of other DAOs, too: then old counters, which name no DAO, may be theirs.
ALTER TABLE "view_books" ADD COLUMN     "other_daos" BOOLEAN NOT NULL DEFAULT false;
