import type { Services } from "./services.server";

/** What the Express server hands to every loader and action. */
declare module "@remix-run/node" {
  interface AppLoadContext {
    services: Services;
    /** The client's address. X-Forwarded-For is trusted from proxies in TRUST_PROXY only. */
    clientIp: string | undefined;
    cspNonce: string;
  }
}
