import { readdirSync } from "node:fs";
import express, { type RequestHandler } from "express";

const FOLDER = "public/build";

/**
 * Scripts and stylesheets of our own pages. A page loads dozens of them, so they carry only the headers that
 * they need: their names change with their content, nobody requests them twice, and connections are kept
 * without being told so (RFC 9112, section 9.3).
 */
export function builtFiles(): RequestHandler {
  return inSmallForm({
    etag: false,
    lastModified: false,
    setHeaders: (response) => {
      response.setHeader("Cache-Control", "max-age=31536000, immutable");
      // Leaves it out unless the process is about to end, which has set it to `close`.
      if (!response.hasHeader("Connection")) response.removeHeader("Connection");
    },
  });
}

/**
 * `/views.js`, which pages of every origin may load, also with `crossorigin` or under
 * `Cross-Origin-Embedder-Policy`. Its name stays when its content changes, so browsers ask for it again
 * after an hour, and get it a second time only if it has changed.
 */
export function viewsScript(): RequestHandler {
  return inSmallForm({
    setHeaders: (response) => {
      response.setHeader("Access-Control-Allow-Origin", "*");
      response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
      response.setHeader("Cache-Control", "public, max-age=3600, stale-while-revalidate=86400");
    },
  });
}

/**
 * Sends the compressed file that the build wrote next to the original, if the browser accepts it. Its type
 * names no charset because esbuild writes nothing but ASCII.
 */
function inSmallForm(options: Parameters<typeof express.static>[1]): RequestHandler {
  const usual = { cacheControl: false, fallthrough: false, acceptRanges: false };
  const files = express.static(FOLDER, { ...usual, ...options });
  const small = smallForms();
  return (request, response, next) => {
    response.set("X-Content-Type-Options", "nosniff");
    const { path } = request;
    if (small.has(`${path}.br`) && request.acceptsEncodings("br") === "br") {
      response.setHeader("Content-Type", path.endsWith(".css") ? "text/css" : "text/javascript");
      response.setHeader("Content-Encoding", "br");
      request.url = `${path}.br`;
    }
    files(request, response, next);
  };
}

/** The paths of the compressed files. A development build has none. */
function smallForms(): Set<string> {
  try {
    const names = readdirSync(FOLDER, { recursive: true, encoding: "utf8" });
    return new Set(
      names.filter((name) => name.endsWith(".br")).map((name) => `/${name.replaceAll("\\", "/")}`),
    );
  } catch {
    return new Set();
  }
}
