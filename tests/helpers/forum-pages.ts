import { once } from "node:events";
import { createServer } from "node:http";

export type ForumPages = Awaited<ReturnType<typeof startForumPages>>;

/**
 * The pages of a forum, on an origin of its own.
 * @param defaultPolicy the `Content-Security-Policy` of a page that is served without one of its own
 */
export async function startForumPages(port: number, defaultPolicy: string) {
  const origin = `http://127.0.0.1:${port}`;
  const pages = new Map<string, { body: string; type: string; policy: string }>();
  /** The paths that were asked for. */
  const visits: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url!.split("?")[0]!;
    visits.push(request.url!);
    const page = pages.get(path);
    response.writeHead(page ? 200 : 204, {
      "Content-Type": `${page?.type ?? "text/plain"}; charset=utf-8`,
      "Content-Security-Policy": page?.policy ?? "",
    });
    response.end(page?.body);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    origin,
    visits,
    /** Sets the answer of a path from now on. Returns its address. */
    serve(path: string, body: string, { type = "text/html", policy = defaultPolicy } = {}) {
      pages.set(path, { body, type, policy });
      return `${origin}${path}`;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
