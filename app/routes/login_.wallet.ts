import { json, type ActionFunctionArgs } from "@remix-run/node";
import { z } from "zod";
import { safeRedirectTo } from "~/lib/redirect-to";
import { logOutage } from "~/platform/outage-log.server";
import { DependencyError } from "~/platform/dependency-error.server";
import { sessionToken } from "~/server/guards.server";
import { checkOrigin } from "~/server/origin-check.server";
import { LARGE_FORM, readForm } from "~/server/request-body.server";
import { waitText } from "./login/wait-text.server";

const formSchema = z.discriminatedUnion("intent", [
  z.object({ intent: z.literal("begin"), address: z.string().max(100) }),
  z.object({ intent: z.literal("finish"), signature: z.string(), redirectTo: z.string() }),
]);

/** The answer to the page: a message to sign, where to go, or what went wrong. */
export interface WalletAnswer {
  message?: string;
  location?: string;
  problem?: string;
}

/** The two steps of signing in with a wallet, for the script of the sign-in page. */
export async function action({ request, context }: ActionFunctionArgs) {
  const { env, logger } = context.services;
  checkOrigin(request, env.APP_ORIGIN);
  const form = formSchema.safeParse(Object.fromEntries(await readForm(request, LARGE_FORM)));
  if (!form.success) return problem(400, "This is no step of signing in with a wallet.");
  try {
    if (form.data.intent === "begin") return await begin(form.data, context);
    return await finish(form.data, { request, context });
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    logOutage(logger, error);
    return problem(503, `${error.message}. Try again in a moment.`);
  }
}

async function begin(
  { address }: { address: string },
  { services, clientIp }: ActionFunctionArgs["context"],
) {
  const begun = await services.walletSignIn.begin(address, clientIp);
  switch (begun.kind) {
    case "challenge": {
      const cookie = await services.cookies.wallet.serialize(begun.nonce);
      return json<WalletAnswer>({ message: begun.message }, { headers: { "Set-Cookie": cookie } });
    }
    case "no-address":
      return problem(400, "The wallet gave no address of an account.");
    case "limited":
      return problem(
        429,
        `Too many attempts: wait ${waitText(begun.retryAfter)}, then try again.`,
        { "Retry-After": String(begun.retryAfter) },
      );
  }
}

async function finish(
  { signature, redirectTo }: { signature: string; redirectTo: string },
  { request, context }: Pick<ActionFunctionArgs, "request" | "context">,
) {
  const { services, clientIp: ip } = context;
  const { cookies, walletSignIn, env } = services;
  const nonce: unknown = await cookies.wallet.parse(request.headers.get("Cookie"));
  const replacedToken = await sessionToken({ request, context });
  const userAgent = request.headers.get("User-Agent");
  const result =
    typeof nonce === "string"
      ? await walletSignIn.finish({ nonce, signature }, { ip, userAgent, replacedToken })
      : ({ kind: "expired" } as const);
  switch (result.kind) {
    case "signed-in": {
      const headers = new Headers();
      headers.append("Set-Cookie", await cookies.session.serialize(result.token));
      headers.append("Set-Cookie", await cookies.wallet.serialize("", { maxAge: 0 }));
      return json<WalletAnswer>({ location: safeRedirectTo(redirectTo) }, { headers });
    }
    case "expired":
      return problem(401, "The message was not signed within five minutes. Try again.");
    case "wrong-signature":
      return problem(
        401,
        env.WALLET_RPC_URL === undefined
          ? `This is no signature of ${result.address}. Choose this account in your wallet and try again. Contract wallets cannot sign in here: WALLET_RPC_URL is not set.`
          : `This is no signature of ${result.address}. Choose this account in your wallet, on chain ${env.WALLET_CHAIN_ID} if it is a contract wallet, and try again.`,
      );
    case "not-invited":
      return problem(403, `${result.address} is not invited. Ask an admin to add this address.`);
    case "chain-away":
      return problem(
        503,
        "The chain could not be asked to check this signature. Try again in a moment, or sign in another way.",
      );
  }
}

function problem(status: number, text: string, headers: Record<string, string> = {}) {
  return json<WalletAnswer>({ problem: text }, { status, headers });
}
