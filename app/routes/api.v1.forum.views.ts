import { json, type LoaderFunctionArgs } from "@remix-run/node";
import { invalidRequest, unavailable } from "~/http/api-error.server";
import { parseTopicIds } from "~/http/topic-ids";

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { topicViews, logger } = context.services;
  const parsed = parseTopicIds(new URL(request.url).searchParams.get("topicIds"));
  if ("problem" in parsed) return invalidRequest([parsed.problem]);
  try {
    const topics = await topicViews.read(parsed.topicIds);
    return json({ topics });
  } catch (error) {
    return unavailable(error, logger);
  }
}
