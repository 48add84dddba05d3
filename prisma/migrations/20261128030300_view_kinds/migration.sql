-- Views of each day by wallets, by others, and those that were not counted, for operators. They are no part of the balance.
CREATE TABLE "view_kinds_daily" (
    "dao_slug" VARCHAR(50) NOT NULL,
    "day" DATE NOT NULL,
    "kind" VARCHAR(20) NOT NULL,
    "views" BIGINT NOT NULL,

    CONSTRAINT "view_kinds_daily_pkey" PRIMARY KEY ("dao_slug","day","kind")
);
