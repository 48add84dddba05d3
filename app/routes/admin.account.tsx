import { parseWithZod } from "@conform-to/zod/v4";
import {
  json,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
  type SerializeFrom,
} from "@remix-run/node";
import { Form, useLoaderData } from "@remix-run/react";
import { LogOut } from "lucide-react";
import { AnsweredForm } from "~/ui/answered-form";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { TextField } from "~/ui/field";
import { RowTh, Table, Td, Th } from "~/ui/table";
import { formatCount } from "~/lib/format";
import { KeyValueList } from "~/ui/key-value";
import { PageHeader } from "~/ui/page-header";
import { RoleBadge } from "./admin/status-badge";
import { SubmitButton } from "~/ui/submit-button";
import { redirectWithFlash } from "~/server/flash.server";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { requireUser, sessionToken } from "~/server/guards.server";
import { z } from "zod";
import { givenPasswordSchema, newPasswordSchema } from "~/accounts/credentials.server";
import { waitText } from "./login/wait-text.server";

export const meta: MetaFunction = () => [{ title: "Your account · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { id, name, role } = await requireUser({ request, context });
  const { sessions, users } = context.services;
  const token = await sessionToken({ request, context });
  const [list, passwordHash] = await Promise.all([
    sessions.list(id, token),
    users.passwordHash(id),
  ]);
  return { name, role, sessions: list, hasPassword: passwordHash !== undefined };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const user = await requireUser({ request, context });
  const { passwordSignIn, sessions } = context.services;
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
  const form = await readForm(request, SMALL_FORM);
  if (form.get("intent") === "end-session") {
    const id = z.uuid().safeParse(form.get("id"));
    if (id.success) await sessions.endOne(user, id.data);
    const text = "That browser is signed out.";
    return redirectWithFlash(context, "/admin/account", { kind: "success", text });
  }
  const submission = parseWithZod(form, { schema });
  const refuse = (fieldErrors: Record<string, string[]> = {}, init: ResponseInit = {}) =>
    json(submission.reply({ fieldErrors, hideFields: passwordFields.map(({ name }) => name) }), {
      status: 400,
      ...init,
    });
  if (submission.status !== "success") return refuse();
  const { currentPassword, password } = submission.value;
  const token = await sessionToken({ request, context });
  const ip = context.clientIp;
  const result = await passwordSignIn.changeOwnPassword({
    user,
    currentPassword,
    password,
    ip,
    token,
  });
  if (result.kind === "wrong") {
    return refuse({ currentPassword: ["This is not your current password"] });
  }
  if (result.kind === "limited") {
    const text = `Too many attempts: wait ${waitText(result.retryAfter)}, then try again`;
    const headers = { "Retry-After": String(result.retryAfter) };
    return refuse({ currentPassword: [text] }, { status: 429, headers });
  }
  return redirectWithFlash(context, "/admin/account", {
    kind: "success",
    text: "Your password is changed, and every other browser is signed out.",
  });
}

export default function AccountPage() {
  const { name, role, sessions, hasPassword } = useLoaderData<typeof loader>();
  return (
    <>
      <PageHeader title="Your account" />
      <Card>
        <KeyValueList
          items={[
            { label: "Signed in as", value: name },
            { label: "Role", value: <RoleBadge role={role} /> },
            { label: "Signed in with", value: formatCount(sessions.length, "browser") },
          ]}
        />
      </Card>
      <Card
        flush
        title="Where you are signed in"
        description="A session ends 3 days after it was last used, and 14 days after it began."
      >
        <SessionsTable sessions={sessions} />
      </Card>
      {hasPassword && (
        <Card
          title="Change password"
          description="Signs you out in every other browser. At least 12 characters; a few unrelated words are easy to remember and hard to guess."
        >
          <PasswordForm name={name} />
        </Card>
      )}
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

function SessionsTable({ sessions }: { sessions: SerializeFrom<typeof loader>["sessions"] }) {
  return (
    <Table label="Where you are signed in">
      <thead>
        <tr>
          <Th>Browser</Th>
          <Th className="max-sm:hidden">Network</Th>
          <Th className="max-sm:hidden">Signed in</Th>
          <Th>Last seen</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {sessions.map(({ id, browser, network, created_at, last_seen_at, isThis }) => (
          <tr key={id}>
            <RowTh>{browser ?? "Unknown"}</RowTh>
            <Td muted className="max-sm:hidden">
              {network ?? "Unknown"}
            </Td>
            <Td muted className="max-sm:hidden">
              <DateTime value={created_at} />
            </Td>
            <Td muted>{isThis ? "Now, here" : <DateTime value={last_seen_at} relative />}</Td>
            <Td className="text-right">
              {!isThis && (
                <Form method="post">
                  <input type="hidden" name="id" value={id} />
                  <SubmitButton
                    intent="end-session"
                    variant="ghost"
                    size="sm"
                    aria-label={`Sign out: ${browser ?? "unknown browser"}`}
                  >
                    Sign out
                  </SubmitButton>
                </Form>
              )}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

const passwordFields = [
  { name: "currentPassword", label: "Current password", autoComplete: "current-password" },
  { name: "password", label: "New password", autoComplete: "new-password" },
  { name: "repeated", label: "New password again", autoComplete: "new-password" },
];

function PasswordForm({ name: username }: { name: string }) {
  return (
    <AnsweredForm
      intent="password"
      refusal="Your password is not changed"
      className="max-w-sm space-y-4"
    >
      {/* Tells password managers to which account the password belongs. */}
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      {passwordFields.map((field) => (
        <TextField key={field.name} type="password" required maxLength={200} {...field} />
      ))}
      <SubmitButton intent="password" busyLabel="Changing…">
        Change password
      </SubmitButton>
    </AnsweredForm>
  );
}
