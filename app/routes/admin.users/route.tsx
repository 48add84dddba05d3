import { parseWithZod } from "@conform-to/zod/v4";
import {
  json,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
} from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { AddUserForm } from "./add-user-form";
import type { RefusedForm } from "~/ui/error-summary";
import { UsersTable } from "./users-table";
import { Card } from "~/ui/card";
import { PageHeader } from "~/ui/page-header";
import { useFormAnswer } from "~/ui/use-form-answer";
import { redirectWithFlash } from "~/server/flash.server";
import { pageUnavailable } from "~/server/page-unavailable.server";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { administerUsers } from "./administer-users.server";
import { requireAdmin } from "~/server/guards.server";
import { userFormSchema } from "~/accounts/user-forms";
import { presentUsers } from "./load.server";

export const meta: MetaFunction = () => [{ title: "Users · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const admin = await requireAdmin({ request, context });
  try {
    return await presentUsers(context.services, admin);
  } catch (error) {
    throw pageUnavailable(error, context.services.logger);
  }
}

export async function action({ request, context }: ActionFunctionArgs) {
  const admin = await requireAdmin({ request, context });
  const { users, logger } = context.services;
  const submission = parseWithZod(await readForm(request, SMALL_FORM), { schema: userFormSchema });
  const { intent, id, email, role } = submission.payload;
  const refuse = (errors: RefusedForm["errors"]) => {
    const values = { email: textOf(email), role: textOf(role) };
    const refused: RefusedForm = { intent: textOf(intent), id: textOf(id), values, errors };
    return json(refused, { status: 400 });
  };
  if (submission.status !== "success") return refuse(submission.error ?? {});
  try {
    const result = await administerUsers(users, admin, submission.value);
    if (result.kind === "field-problem") return refuse({ [result.field]: [result.text] });
    return await redirectWithFlash(context, "/admin/users", result.message);
  } catch (error) {
    throw pageUnavailable(error, logger);
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export default function UsersPage() {
  const { users } = useLoaderData<typeof loader>();
  const refused = useActionData<typeof action>();
  const added = useFormAnswer<RefusedForm>("create");
  return (
    <>
      <PageHeader
        title="Users"
        purpose="Operators read everything. Admins also flush, retry, discard and manage users."
      />
      <Card flush>
        <UsersTable users={users} refused={refused} />
      </Card>
      <Card
        title="Add a user"
        description="Tell them the password in a safe way, and to change it after they have signed in."
      >
        {/* A new key with every answer: after a success the form is empty again. */}
        <AddUserForm
          key={added.key}
          refused={added.answer?.intent === "create" ? added.answer : undefined}
        />
      </Card>
    </>
  );
}
