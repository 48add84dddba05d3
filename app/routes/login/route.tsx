import { parseWithZod } from "@conform-to/zod/v4";
import {
  json,
  redirect,
  type ActionFunctionArgs,
  type HeadersFunction,
  type LoaderFunctionArgs,
  type MetaFunction,
} from "@remix-run/node";
import { Form, useActionData, useLoaderData } from "@remix-run/react";
import { Building2 } from "lucide-react";
import { Banner } from "~/ui/banner";
import { ButtonLink } from "~/ui/button";
import { ErrorSummary } from "~/ui/error-summary";
import { ThemeSwitch } from "~/ui/theme";
import { TextField } from "~/ui/field";
import { FlashMessage } from "~/ui/flash-message";
import { SubmitButton } from "~/ui/submit-button";
import { RefusedFormContext } from "~/ui/refused-form";
import { useHydrated } from "~/ui/use-hydrated";
import { readFlash } from "~/server/flash.server";
import { checkOrigin } from "~/server/origin-check.server";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { signInSchema } from "~/accounts/credentials.server";
import { getUser, sessionToken } from "~/server/guards.server";
import { DependencyError } from "~/platform/dependency-error.server";
import { safeRedirectTo } from "~/lib/redirect-to";
import { waitText } from "./wait-text.server";
import { WalletDoor } from "./wallet-door";

export const meta: MetaFunction = () => [{ title: "Sign in · Forum Views" }];

export const headers: HeadersFunction = ({ actionHeaders }) => {
  const retryAfter = actionHeaders.get("Retry-After");
  return retryAfter === null ? new Headers() : { "Retry-After": retryAfter };
};

function redirectTarget(request: Request): string {
  return safeRedirectTo(new URL(request.url).searchParams.get("redirectTo"));
}

export async function loader({ request, context }: LoaderFunctionArgs) {
  if (await getUser({ request, context })) throw redirect(redirectTarget(request));
  const { message, headers } = await readFlash({ request, context });
  const { DAO_SLUG: daoSlug, APP_ORIGIN: appOrigin } = context.services.env;
  const hasOrganisation = context.services.openIdSignIn !== undefined;
  const doors = { daoSlug, appOrigin, hasOrganisation, redirectTo: redirectTarget(request) };
  return json({ ...doors, flash: message }, { headers });
}

/** Seconds after which it is worth trying again when a server is away. */
const UNAVAILABLE_RETRY = 5;

export async function action({ request, context }: ActionFunctionArgs) {
  const { env, passwordSignIn, cookies, logger } = context.services;
  checkOrigin(request, env.APP_ORIGIN);
  const submission = parseWithZod(await readForm(request, SMALL_FORM), { schema: signInSchema });
  const refuse = (status: number, title: string, texts: string[], headers?: HeadersInit) =>
    json(
      { title, ...submission.reply({ formErrors: texts, hideFields: ["password"] }) },
      { status, headers },
    );
  if (submission.status !== "success") return refuse(400, "Check what you have entered", []);
  try {
    const result = await passwordSignIn.signIn({
      ...submission.value,
      ip: context.clientIp,
      userAgent: request.headers.get("User-Agent"),
      replacedToken: await sessionToken({ request, context }),
    });
    // Nothing here may reveal whether an account exists.
    if (result.kind === "wrong") {
      const text = "The e-mail address or the password is not right.";
      return refuse(401, "That did not work", [text]);
    }
    if (result.kind === "limited") {
      const text = `Wait ${waitText(result.retryAfter)}, then try again.`;
      return refuse(429, "Too many attempts", [text], { "Retry-After": `${result.retryAfter}` });
    }
    const cookie = await cookies.session.serialize(result.token);
    return redirect(redirectTarget(request), { headers: { "Set-Cookie": cookie } });
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    logger.warn({ err: error }, "Nobody can sign in");
    const text = `${error.message}. Try again in a moment.`;
    return refuse(503, "Nobody can sign in at the moment", [text], {
      "Retry-After": `${UNAVAILABLE_RETRY}`,
    });
  }
}

/** Only the browser knows under which address it is: a proxy may have told the server another one. */
function WrongAddress({ appOrigin }: { appOrigin: string }) {
  const isHydrated = useHydrated();
  if (!isHydrated || window.location.origin === appOrigin) return null;
  return (
    <Banner tone="warning" title="This is not the dashboard's address">
      Nobody can sign in at {window.location.origin}. The dashboard is at{" "}
      <a className="font-medium underline" href={`${appOrigin}/login`}>
        {appOrigin}
      </a>
      , as APP_ORIGIN says.
    </Banner>
  );
}

export default function Login() {
  const { daoSlug, appOrigin, hasOrganisation, redirectTo, flash } = useLoaderData<typeof loader>();
  const answer = useActionData<typeof action>();
  return (
    <main className="flex min-h-screen flex-col items-center justify-center px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex flex-col items-center text-center">
          <img src="/favicon.svg" alt="" width={40} height={40} className="size-10" />
          <h1 className="mt-3 text-xl font-semibold tracking-tight">Sign in to Forum Views</h1>
          <p className="mt-0.5 text-ink-muted">{daoSlug}</p>
        </div>
        <div className="[&>:not(:empty)]:mb-4">
          <FlashMessage flash={answer ? undefined : flash} />
          <WrongAddress appOrigin={appOrigin} />
        </div>
        <div className="space-y-4 rounded-xl border bg-surface p-5 sm:p-6">
          {answer && <ErrorSummary title={answer.title} refused={answer} />}
          <Form method="post" className="space-y-4">
            <RefusedFormContext.Provider value={answer}>
              <TextField
                name="email"
                type="email"
                label="E-mail"
                autoComplete="username"
                autoFocus={!answer}
                required
                maxLength={320}
              />
              <TextField
                name="password"
                type="password"
                label="Password"
                autoComplete="current-password"
                required
                maxLength={200}
              />
            </RefusedFormContext.Provider>
            <SubmitButton busyLabel="Signing in…" className="w-full">
              Sign in
            </SubmitButton>
          </Form>
          {hasOrganisation && <OrganisationDoor redirectTo={redirectTo} />}
          <WalletDoor redirectTo={redirectTo} />
        </div>
        <div className="mt-6 flex justify-center">
          <ThemeSwitch />
        </div>
      </div>
    </main>
  );
}

/**
 * A link that the router does not follow, because it cannot lead to another site; and no form, because the content
 * security policy forbids it to.
 */
function OrganisationDoor({ redirectTo }: { redirectTo: string }) {
  const search = new URLSearchParams({ redirectTo });
  return (
    <section aria-label="Organisation" className="border-t pt-4">
      <ButtonLink
        to={`/login/organisation?${search}`}
        reloadDocument
        icon={Building2}
        className="w-full"
      >
        Sign in with your organisation
      </ButtonLink>
    </section>
  );
}
