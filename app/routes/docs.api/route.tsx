import type { LoaderFunctionArgs } from "@remix-run/node";
import { ReferencePage } from "~/components/api/reference-page";
import { staticPage } from "~/api/static-page.server";
import { readTheme } from "~/server/theme.server";
import { presentApi } from "./api-reference.server";

/** The API for people. Open to everybody: it tells nothing that the source does not. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const theme = await readTheme(request);
  const reference = presentApi(context.services.apiDocumentation.document);
  return staticPage({
    title: "API · Forum Views",
    theme,
    children: <ReferencePage reference={reference} theme={theme} path="/docs/api" />,
  });
}
