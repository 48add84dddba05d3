/**
 * Reads a request's body as text, up to `limit` bytes as they arrive; undefined when there are more.
 * What it declares as its length is not believed, only what is streamed.
 */
export async function readText(request: Request, limit: number): Promise<string | undefined> {
  if (request.body === null) return "";
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks).toString("utf8");
    length += value.byteLength;
    if (length > limit) {
      // Not cancelled: that would reset the connection before the answer is read.
      reader.releaseLock();
      return undefined;
    }
    chunks.push(value);
  }
}
