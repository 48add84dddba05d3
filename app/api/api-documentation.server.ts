import { createHash } from "node:crypto";
import { version } from "../../package.json";
import { createDocument } from "./contract/document";
import type { ApiDocument } from "./contract/document-types";

/** Seconds for which a tool need not ask again. */
const MAX_AGE = 300;

interface Written {
  document: ApiDocument;
  text: string;
  etag: string;
}

/** The OpenAPI document of this deployment, put together when it is first asked for. */
export class ApiDocumentation {
  readonly #origin: string;
  #written: Written | undefined;

  constructor({ origin }: { origin: string }) {
    this.#origin = origin;
  }

  get document(): ApiDocument {
    return this.#write().document;
  }

  /** `GET /api/v1/openapi.json`. */
  respond(request: Request): Response {
    const { text, etag } = this.#write();
    const headers = {
      "Access-Control-Allow-Origin": "*",
      "Cache-Control": `public, max-age=${MAX_AGE}`,
      ETag: etag,
    };
    const known = (request.headers.get("If-None-Match") ?? "").split(",").map((tag) => tag.trim());
    if (known.includes(etag)) return new Response(null, { status: 304, headers });
    return new Response(text, {
      headers: { ...headers, "Content-Type": "application/json; charset=utf-8" },
    });
  }

  #write(): Written {
    if (this.#written) return this.#written;
    const document = createDocument({ origin: this.#origin, version });
    const text = JSON.stringify(document, null, 2);
    // Weak: the same document travels compressed and not.
    const etag = `W/"${createHash("sha256").update(text).digest("base64url").slice(0, 16)}"`;
    this.#written = { document, text, etag };
    return this.#written;
  }
}
