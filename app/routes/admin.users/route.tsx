import { parseWithZod } from "@conform-to/zod/v4";
import {
  json,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
  type SerializeFrom,
} from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { Email } from "~/ui/email";
import { PageHeader } from "~/ui/page-header";
import { RowTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import { redirectWithFlash } from "~/server/flash.server";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { MANAGE_USERS, roleTexts } from "~/accounts/rights";
import { requireRight } from "~/server/guards.server";
import { formatCount } from "~/lib/format";
import { CsvLink } from "../admin/csv-link";
import { AccountStateBadge, RoleBadge } from "../admin/status-badge";
import { AddUserForm } from "./add-user-form";
import { administerUsers, userFormSchema } from "./administer-users.server";
import { Identities } from "./identities";
import { UserActions } from "./user-actions";

export const meta: MetaFunction = () => [{ title: "Users · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const admin = await requireRight({ request, context }, MANAGE_USERS);
  return { users: await context.services.users.list(), viewerId: admin.id };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const admin = await requireRight({ request, context }, MANAGE_USERS);
  const { users, env } = context.services;
  const submission = parseWithZod(await readForm(request, SMALL_FORM), { schema: userFormSchema });
  const refuse = (fieldErrors: Record<string, string[]> = {}) =>
    json(submission.reply({ fieldErrors, hideFields: ["password"] }), { status: 400 });
  if (submission.status !== "success") return refuse();
  const result = await administerUsers(users, admin, submission.value, {
    hasOpenId: env.OIDC_ISSUER !== undefined,
  });
  if ("fieldErrors" in result) return refuse(result.fieldErrors);
  return redirectWithFlash(context, "/admin/users", result.message);
}

export type ListedUser = SerializeFrom<typeof loader>["users"][number];

export default function UsersPage() {
  return (
    <>
      <PageHeader
        title="Users"
        purpose={Object.values(roleTexts)
          .map(({ may }) => may)
          .join(" ")}
        actions={<CsvLink to="/admin/users.csv" />}
      />
      <Card flush>
        <UsersTable />
      </Card>
      <Card
        title="Add a user"
        description="By an e-mail address with a password, or by the address of a wallet, which needs none."
      >
        <AddUserForm />
      </Card>
    </>
  );
}

function UsersTable() {
  const { users, viewerId } = useLoaderData<typeof loader>();
  return (
    <Table label="Users">
      <thead>
        <tr>
          <Th>User</Th>
          <Th className="max-sm:hidden">Role</Th>
          <Th className="max-sm:hidden">State</Th>
          <Th className="max-sm:hidden">Created</Th>
          <Th className="max-sm:hidden">Last signed in</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <tr key={user.id}>
            <RowTh className="min-w-44 [overflow-wrap:anywhere]">
              {user.email !== null && <Email address={user.email} />}
              <Identities user={user} isOwn={user.id === viewerId} />
              <div className="mt-1.5 flex flex-wrap gap-1.5 font-normal sm:hidden">
                <RoleBadge role={user.role} />
                <AccountStateBadge disabled={user.disabled_at !== null} />
              </div>
            </RowTh>
            <Td className="max-sm:hidden">
              <RoleBadge role={user.role} />
            </Td>
            <Td className="max-sm:hidden">
              <AccountStateBadge disabled={user.disabled_at !== null} />
            </Td>
            <Td muted className="max-sm:hidden">
              <DateTime value={user.created_at} precision="day" />
            </Td>
            <Td muted className="whitespace-nowrap max-sm:hidden">
              <LastSession user={user} />
            </Td>
            <Td className="text-right">
              {user.id === viewerId ? (
                <TextLink to="/admin/account">Your account</TextLink>
              ) : (
                <UserActions user={user} />
              )}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function LastSession({ user: { last_signed_in_at, open_sessions } }: { user: ListedUser }) {
  if (last_signed_in_at === null) return "Never";
  return (
    <>
      <DateTime value={last_signed_in_at} relative />
      {open_sessions > 1 && <p className="text-xs">{formatCount(open_sessions, "browser")}</p>}
    </>
  );
}
