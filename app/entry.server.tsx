import { PassThrough } from "node:stream";
import {
  createReadableStreamFromReadable,
  type AppLoadContext,
  type EntryContext,
} from "@remix-run/node";
import { isRouteErrorResponse, RemixServer } from "@remix-run/react";
import { renderToPipeableStream } from "react-dom/server";
import { NonceContext } from "./ui/nonce";

// The Express server builds the services from this very bundle, so that classes exist once.
export { createServices } from "./services.server";
export { createViewsHandler } from "./api/views.server";
export { withOutagesAnswered } from "./server/page-unavailable.server";

/** Longer than PostgreSQL may take for a statement that a part of the page waits for. */
const RENDER_TIMEOUT_MS = 16_000;

export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  remixContext: EntryContext,
  { cspNonce, services }: AppLoadContext,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    let shellSent = false;
    const { pipe, abort } = renderToPipeableStream(
      <NonceContext.Provider value={cspNonce}>
        <RemixServer
          context={remixContext}
          url={request.url}
          abortDelay={RENDER_TIMEOUT_MS}
          nonce={cspNonce}
        />
      </NonceContext.Provider>,
      {
        nonce: cspNonce,
        onShellReady() {
          shellSent = true;
          const body = new PassThrough();
          headers.set("Content-Type", "text/html; charset=utf-8");
          resolve(new Response(createReadableStreamFromReadable(body), { headers, status }));
          pipe(body);
        },
        onShellError: reject,
        onError(error) {
          // Errors before the shell reject above and are logged there.
          if (shellSent)
            services.logger.error({ err: error }, "A page broke while it was rendered");
        },
      },
    );
    setTimeout(abort, RENDER_TIMEOUT_MS + 1_000).unref();
  });
}

export function handleError(
  error: unknown,
  { request, context }: { request: Request; context: AppLoadContext },
): void {
  if (request.signal.aborted) return;
  // The route does not have this path or method. Not logged, because anybody could fill the log with these.
  if (isRouteErrorResponse(error) && error.status < 500) return;
  context.services.logger.error(
    { err: error, path: new URL(request.url).pathname },
    "A request failed unexpectedly",
  );
}
