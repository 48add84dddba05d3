import type { LoaderFunctionArgs } from "@remix-run/node";
import { readTheme } from "~/server/theme.server";

/** The OpenAPI document for people. Open to everybody, because it tells nothing that the source does not. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const page = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>API · Forum Views</title>
    <link rel="icon" href="/favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/docs/api/swagger-ui.css">
  </head>
  <body style="margin: 0">
    <main id="api">
      <noscript>Without JavaScript, read <a href="/api/v1/openapi.json">the OpenAPI document</a>.</noscript>
    </main>
    <script src="/docs/api/swagger-ui-bundle.js"></script>
    <script nonce="${context.cspNonce}">
      const theme = "${await readTheme(request)}";
      const isSystemDark = matchMedia("(prefers-color-scheme: dark)").matches;
      if (theme === "dark" || (theme === "system" && isSystemDark)) {
        document.documentElement.classList.add("dark-mode");
      }
      SwaggerUIBundle({
        domNode: document.getElementById("api"),
        url: "/api/v1/openapi.json",
        // By default, the document is sent to a server of Swagger's makers to be validated.
        validatorUrl: null,
      });
    </script>
  </body>
</html>
`;
  return new Response(page, { headers: { "Content-Type": "text/html; charset=utf-8" } });
}
