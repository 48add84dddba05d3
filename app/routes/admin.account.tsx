import { parseWithZod } from "@conform-to/zod/v4";
import {
  json,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from "@remix-run/node";
import { Form, useActionData, useLoaderData } from "@remix-run/react";
import { LogOut } from "lucide-react";
import { ErrorSummary } from "~/ui/error-summary";
import { Card } from "~/ui/card";
import { TextField } from "~/ui/field";
import { formatCount } from "~/lib/format";
import { KeyValueList } from "~/ui/key-value";
import { PageHeader } from "~/ui/page-header";
import { RoleBadge } from "./admin/status-badge";
import { SubmitButton } from "~/ui/submit-button";
import { useFormAnswer } from "~/ui/use-form-answer";
import { redirectWithFlash } from "~/server/flash.server";
import { pageUnavailable } from "~/server/page-unavailable.server";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { requireUser, sessionToken } from "~/server/guards.server";
import { z } from "zod";
import { givenPasswordSchema, newPasswordSchema } from "~/accounts/credentials.server";
import { waitText } from "./login/sign-in.server";

export const meta: MetaFunction = () => [{ title: "Your account · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { id, email, role } = await requireUser({ request, context });
  try {
    return { email, role, openSessions: await context.services.sessions.countOpen(id) };
  } catch (error) {
    throw pageUnavailable(error, context.services.logger);
  }
}

export async function action({ request, context }: ActionFunctionArgs) {
  const user = await requireUser({ request, context });
  const { signIn, logger } = context.services;
  const schema = z
    .object({
      currentPassword: givenPasswordSchema,
      password: newPasswordSchema,
      repeated: z.string({ error: "Enter the new password again" }),
    })
    .refine(({ password, repeated }) => password === repeated, {
      path: ["repeated"],
      message: "This is not the same password",
    });
  const submission = parseWithZod(await readForm(request, SMALL_FORM), { schema });
  if (submission.status !== "success") return refuse(submission.error ?? {}, 400);
  try {
    const { currentPassword, password } = submission.value;
    const token = await sessionToken({ request, context });
    const ip = context.clientIp;
    const result = await signIn.changeOwnPassword({ user, currentPassword, password, ip, token });
    if (result.kind === "wrong") {
      return refuse({ currentPassword: ["This is not your current password"] }, 400);
    }
    if (result.kind === "limited") {
      const text = `Too many attempts: wait ${waitText(result.retryAfter)}, then try again`;
      return refuse({ currentPassword: [text] }, 429, {
        "Retry-After": String(result.retryAfter),
      });
    }
  } catch (error) {
    throw pageUnavailable(error, logger);
  }
  return redirectWithFlash(context, "/admin/account", {
    kind: "success",
    text: "Your password is changed, and every other browser is signed out.",
  });
}

function refuse(
  errors: Record<string, string[] | null>,
  status: number,
  headers: Record<string, string> = {},
) {
  return json({ errors }, { status, headers });
}

export default function AccountPage() {
  const { email, role, openSessions } = useLoaderData<typeof loader>();
  // A new key with every answer empties the fields: they hold passwords.
  const { key } = useFormAnswer("password");
  return (
    <>
      <PageHeader title="Your account" />
      <Card>
        <KeyValueList
          items={[
            { label: "E-mail", value: email },
            { label: "Role", value: <RoleBadge role={role} /> },
            { label: "Signed in with", value: formatCount(openSessions, "browser") },
          ]}
        />
      </Card>
      <Card
        title="Change password"
        description="Signs you out in every other browser. At least 12 characters; a few unrelated words are easy to remember and hard to guess."
      >
        <PasswordForm key={key} email={email} />
      </Card>
      <Card
        title="Sign out everywhere"
        description="Ends every session of yours, this one included. Do it when a device is lost."
      >
        <Form method="post" action="/logout">
          <SubmitButton intent="everywhere" variant="secondary" icon={LogOut}>
            Sign out everywhere
          </SubmitButton>
        </Form>
      </Card>
    </>
  );
}

const passwordFields = [
  { name: "currentPassword", label: "Current password", autoComplete: "current-password" },
  { name: "password", label: "New password", autoComplete: "new-password" },
  { name: "repeated", label: "New password again", autoComplete: "new-password" },
];

function PasswordForm({ email }: { email: string }) {
  const answer = useActionData<typeof action>();
  const errors: Record<string, string[] | null> = answer?.errors ?? {};
  const problems = passwordFields.flatMap(({ name }) =>
    (errors[name] ?? []).map((text) => ({ field: name, text })),
  );
  return (
    <Form method="post" className="max-w-sm space-y-4">
      {answer && (
        <ErrorSummary title="Your password is not changed" problems={problems} answer={answer} />
      )}
      {/* Tells password managers whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
      {passwordFields.map(({ name, ...field }) => (
        <TextField
          key={name}
          id={name}
          name={name}
          type="password"
          required
          maxLength={200}
          errors={errors[name] ?? undefined}
          {...field}
        />
      ))}
      <SubmitButton intent="password" busyLabel="Changing…">
        Change password
      </SubmitButton>
    </Form>
  );
}
