import type { ActionFunctionArgs } from "@remix-run/node";
import { answerCaller } from "~/api/answers.server";
import { putTopics } from "~/api/topics.server";

/**
 * For forums that report changes of their topics as they happen; `npm run topics:import` reads all topics.
 */
export function action({ request, context: { services } }: ActionFunctionArgs) {
  return answerCaller(services, { request, scope: "topics:write" }, () =>
    putTopics(services, request),
  );
}
