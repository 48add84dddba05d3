import { readdirSync } from "node:fs";
import express, { type RequestHandler } from "express";

const FOLDER = "public/build";

/**
 * Scripts and stylesheets, in the small form that the build wrote beside them where the browser takes it.
 * A page loads dozens, so they carry no header that they can do without: their names change with their
 * content, and nobody asks for them twice.
 */
export function builtFiles(): RequestHandler {
  const small = smallForms();
  const files = express.static(FOLDER, {
    immutable: true,
    maxAge: "1y",
    fallthrough: false,
    etag: false,
    lastModified: false,
    acceptRanges: false,
  });
  return (request, response, next) => {
    response.set("X-Content-Type-Options", "nosniff");
    const { path } = request;
    if (small.has(`${path}.br`) && request.acceptsEncodings("br") === "br") {
      response.type(path.endsWith(".css") ? "css" : "js").set("Content-Encoding", "br");
      request.url = `${path}.br`;
    }
    files(request, response, next);
  };
}

/** Their addresses. A development build has none. */
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
