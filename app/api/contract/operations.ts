import { cleanupOperations } from "./cleanup-operations";
import type { Operation } from "./operation";
import { preflightOperations } from "./preflight-operations";
import { processOperations } from "./process-operations";
import { syncOperations } from "./sync-operations";
import { viewsOperations } from "./views-operations";

/** The public API. What is not here is not in the OpenAPI document, and tests notice. */
export const operations: Operation[] = [
  ...viewsOperations,
  ...preflightOperations,
  ...syncOperations,
  ...cleanupOperations,
  ...processOperations,
];
