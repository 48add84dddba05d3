import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { toResponse } from "~/api/api-answer.server";
import { countView } from "~/api/count-view.server";
import { readTopicViews } from "~/api/read-views.server";
import { readText } from "~/server/request-body.server";

export async function loader({ params, context }: LoaderFunctionArgs) {
  return toResponse(await readTopicViews(context.services, params.topicId ?? ""));
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const { services, clientIp } = context;
  const answer = await countView(services, {
    topicId: params.topicId ?? "",
    clientIp,
    userAgent: request.headers.get("User-Agent") ?? undefined,
    readBody: (limit) => readText(request, limit),
  });
  return toResponse(answer);
}
