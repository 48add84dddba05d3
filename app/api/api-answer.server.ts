import { json } from "@remix-run/node";

/** What an endpoint answers, before it is known who sends it: Remix, or Express without it. */
export interface ApiAnswer<Body extends object = object> {
  status: number;
  body: Body;
  headers?: Record<string, string>;
}

export function toResponse({ status, body, headers }: ApiAnswer): Response {
  return json(body, { status, headers });
}
