import { cleanupAnswerSchema } from "~/retention/cleanup-answer";
import { cronFailedSchema, namedAnswers } from "./bodies";
import { shown, type Answer, type Operation } from "./operation";
import { cronUnauthorized } from "./sync-operations";

namedAnswers.add(cleanupAnswerSchema, { id: "CleanedUp" });

const nothing = {
  runErrors: 0,
  runs: 0,
  auditEntries: 0,
  alerts: 0,
  sessions: 0,
  dailyRows: 0,
  topics: 0,
};

const answers: Answer[] = [
  {
    status: 200,
    description: "What is past its retention is deleted, as far as the time was enough for it.",
    bodies: [
      shown(cleanupAnswerSchema, "deleted", "Something was past its retention", {
        success: true,
        message: "Deleted 12 rows past their retention",
        deleted: { ...nothing, runs: 12 },
        removedViews: 0,
        more: false,
      }),
      shown(cleanupAnswerSchema, "nothing", "Nothing was past its retention", {
        success: true,
        message: "Nothing was past its retention",
        deleted: nothing,
        removedViews: 0,
        more: false,
      }),
    ],
  },
  cronUnauthorized,
  {
    status: 500,
    description:
      "PostgreSQL is away; or Redis is, and old topics are to be removed. What was deleted before is noted in the audit log, and the next cleanup goes on.",
    bodies: [
      shown(cronFailedSchema, "databaseAway", "PostgreSQL is away", {
        success: false,
        error: "Database connection failed",
        timestamp: "2026-01-15T14:23:45.123Z",
        status: 500,
      }),
    ],
  },
];

const cleanup: Omit<Operation, "method" | "operationId" | "summary" | "description"> = {
  path: "/api/v1/forum/cleanup",
  tag: "Cleanup",
  security: "cronSecret",
  answers,
};

export const cleanupOperations: Operation[] = [
  {
    ...cleanup,
    method: "post",
    operationId: "cleanUp",
    summary: "Delete what is past its retention",
    description:
      "For a cron, once a day. The retention of each kind is a setting of the deployment; topics are removed only where that is switched on. It may run beside a sync, and twice at once.",
  },
  {
    ...cleanup,
    method: "get",
    operationId: "cleanUpByGet",
    summary: "Clean up by GET, for crons that cannot send POST",
    description: "It does what POST does and answers the same. HEAD gets 405 and deletes nothing.",
  },
];
