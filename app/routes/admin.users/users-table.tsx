import { DateTime } from "~/ui/date-time";
import { Email } from "~/ui/email";
import { AccountStateBadge, RoleBadge } from "~/routes/admin/status-badge";
import { RowTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import { formatCount } from "~/lib/format";
import type { RefusedForm } from "~/ui/error-summary";
import { UserActions } from "./user-actions";

export interface ListedUser {
  id: string;
  email: string;
  role: "operator" | "admin";
  isViewer: boolean;
  isDisabled: boolean;
  createdAt: string;
  openSessions: number;
  lastSessionAt: string | null;
}

export function UsersTable({
  users,
  refused,
}: {
  users: ListedUser[];
  refused: RefusedForm | undefined;
}) {
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
              <Email address={user.email} />
              <div className="mt-1.5 flex flex-wrap gap-1.5 font-normal sm:hidden">
                <RoleBadge role={user.role} />
                <AccountStateBadge disabled={user.isDisabled} />
              </div>
            </RowTh>
            <Td className="max-sm:hidden">
              <RoleBadge role={user.role} />
            </Td>
            <Td className="max-sm:hidden">
              <AccountStateBadge disabled={user.isDisabled} />
            </Td>
            <Td muted className="max-sm:hidden">
              <DateTime value={user.createdAt} precision="day" />
            </Td>
            <Td muted className="whitespace-nowrap max-sm:hidden">
              <LastSession user={user} />
            </Td>
            <Td className="text-right">
              {user.isViewer ? (
                <TextLink to="/admin/account">Your account</TextLink>
              ) : (
                <UserActions user={user} refused={refused?.id === user.id ? refused : undefined} />
              )}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

/** Sessions that have ended leave no trace here; the audit log knows every sign-in. */
function LastSession({ user: { lastSessionAt, openSessions } }: { user: ListedUser }) {
  if (lastSessionAt === null) return "Not signed in";
  return (
    <>
      <DateTime value={lastSessionAt} relative />
      {openSessions > 1 && <p className="text-xs">{formatCount(openSessions, "browser")}</p>}
    </>
  );
}
