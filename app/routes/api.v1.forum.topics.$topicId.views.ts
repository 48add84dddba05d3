import { json, type ActionFunctionArgs, type LoaderFunctionArgs } from "@remix-run/node";
import { invalidRequest, unavailable } from "~/http/api-error.server";
import { countView } from "~/http/count-view.server";
import { topicIdProblem } from "~/http/topic-ids";

export async function loader({ params, context }: LoaderFunctionArgs) {
  const { topicViews, logger } = context.services;
  const topicId = params.topicId ?? "";
  const problem = topicIdProblem("topicId", topicId);
  if (problem) return invalidRequest([problem]);
  try {
    const [views] = await topicViews.read([topicId]);
    return json(views);
  } catch (error) {
    return unavailable(error, logger);
  }
}

export function action({ request, params, context }: ActionFunctionArgs) {
  const { services, clientIp } = context;
  return countView(services, request, { topicId: params.topicId ?? "", clientIp });
}
