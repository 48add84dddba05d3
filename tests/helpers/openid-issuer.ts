import http from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

export const openIdClient = { id: "forum-views", secret: "a-secret-of-the-tests-long-enough" };

/** A real issuer of OpenID Connect, and somebody who signs in there. */
export async function startOpenIdIssuer(redirectUri: string) {
  /** By the issuer's subject. */
  const accounts = new Map<string, { email: string; email_verified: boolean }>();
  let listener: http.RequestListener = () => {};
  const server = http.createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(url, {
    clients: [
      {
        client_id: openIdClient.id,
        client_secret: openIdClient.secret,
        redirect_uris: [redirectUri],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    pkce: { required: () => true },
    cookies: { keys: ["a-key-of-the-tests"] },
    findAccount: (_context: unknown, subject: string) => ({
      accountId: subject,
      claims: () => ({ sub: subject, ...accounts.get(subject) }),
    }),
  });
  listener = provider.callback();
  return {
    url,
    accounts,
    /** Signs in as `subject` at the page of `location`; returns the address that it redirects back to. */
    signIn: async (location: string, subject: string) => {
      const browser = new Browser(url);
      let at = await browser.follow(location);
      const steps = [`prompt=login&password=any&login=${subject}`, "prompt=consent"];
      for (const step of steps) {
        if (at.origin === url) at = await browser.follow(at.href, new URLSearchParams(step));
      }
      return at;
    },
    /** The same for a person who refuses. */
    refuse: async (location: string) => {
      const browser = new Browser(url);
      const { href } = await browser.follow(location);
      return browser.follow(`${href}/abort`);
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Cookies and redirects, as far as the issuer's own pages need them. */
class Browser {
  readonly #cookies = new Map<string, string>();

  constructor(private readonly origin: string) {}

  /** The first page that is shown, or the first address of another site. */
  async follow(address: string, form?: URLSearchParams): Promise<URL> {
    const response = await fetch(address, {
      redirect: "manual",
      headers: { Cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form ? { method: "POST", body: form } : {}),
    });
    await response.body?.cancel();
    for (const cookie of response.headers.getSetCookie()) {
      const [name = "", value = ""] = cookie.split(";", 1)[0]?.split("=") ?? [];
      this.#cookies.set(name, value);
    }
    const location = response.headers.get("Location");
    if (location === null) return new URL(address);
    const next = new URL(location, address);
    return next.origin === this.origin ? this.follow(next.href) : next;
  }
}
