import { plainAnswer } from "./plain-answer";

/**
 * Reads a request's body, up to `limit` bytes; undefined when there are more. Counts the bytes that arrive,
 * and does not trust the declared length.
 */
export async function readBytes(
  request: Request,
  limit: number,
): Promise<Buffer<ArrayBuffer> | undefined> {
  if (request.body === null) return Buffer.alloc(0);
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    length += value.byteLength;
    if (length > limit) {
      // Not cancelled: that would reset the connection before the client has read the answer.
      reader.releaseLock();
      return undefined;
    }
    chunks.push(value);
  }
}

/** Undefined if the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The most bytes of a form that anybody can send, and of a list on which an admin has ticked many rows. */
export const SMALL_FORM = 16 * 1_024;
export const LARGE_FORM = 1_024 * 1_024;

/**
 * Reads a form, up to `limit` bytes as they arrive.
 * @throws Response 413 for a larger one; 400 for what is no form
 */
export async function readForm(request: Request, limit: number): Promise<FormData> {
  const body = await readBytes(request, limit);
  if (body === undefined) {
    throw plainAnswer(413, "Content Too Large", `A form here has at most ${limit} bytes`);
  }
  const headers = { "Content-Type": request.headers.get("Content-Type") ?? "" };
  try {
    return await new Response(body, { headers }).formData();
  } catch {
    throw plainAnswer(400, "Bad Request", "This is no form");
  }
}
