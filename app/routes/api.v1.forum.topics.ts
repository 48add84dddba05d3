import type { ActionFunctionArgs } from "@remix-run/node";
import { answerCaller } from "~/api/answer-caller.server";
import { putTopics } from "~/api/topics.server";

/** What topics are called. For a forum that tells it as it changes; `npm run topics:import` reads all of it. */
export function action({ request, context: { services } }: ActionFunctionArgs) {
  return answerCaller(services, { request, scope: "topics:write" }, () =>
    putTopics(services, request),
  );
}
