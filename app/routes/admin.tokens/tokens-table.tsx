import { Form } from "@remix-run/react";
import { Ban, CircleCheck, CircleSlash } from "lucide-react";
import { Badge } from "~/ui/badge";
import { DateTime } from "~/ui/date-time";
import { ConfirmDialog } from "~/ui/dialog";
import { RowTh, Table, Td, Th } from "~/ui/table";
import type { ListedToken } from "./route";

export function TokensTable({ tokens, now }: { tokens: ListedToken[]; now: string }) {
  return (
    <Table label="Tokens">
      <thead>
        <tr>
          <Th>Token</Th>
          <Th>State</Th>
          <Th className="max-sm:hidden">Created</Th>
          <Th>Last used</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id}>
            <RowTh className="min-w-44 [overflow-wrap:anywhere]">
              {token.name}
              <p className="mt-0.5 text-xs font-normal text-ink-muted">{token.scopes.join(", ")}</p>
            </RowTh>
            <Td>
              <TokenState token={token} now={now} />
            </Td>
            <Td muted className="max-sm:hidden">
              <DateTime value={token.created_at} precision="day" />
              <p className="text-xs [overflow-wrap:anywhere]">by {token.created_by}</p>
            </Td>
            <Td muted className="whitespace-nowrap">
              {token.last_used_at ? <DateTime value={token.last_used_at} relative /> : "Never"}
            </Td>
            <Td className="text-right">{!token.revoked_at && <Revoke token={token} />}</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

const looks = {
  Revoked: { tone: "danger", icon: Ban },
  Ended: { tone: "neutral", icon: CircleSlash },
  Active: { tone: "success", icon: CircleCheck },
} as const;

function TokenState({ token, now }: { token: ListedToken; now: string }) {
  const { revoked_at, expires_at } = token;
  const isEnded = expires_at !== null && expires_at <= now;
  const state = revoked_at ? "Revoked" : isEnded ? "Ended" : "Active";
  return (
    <>
      <Badge {...looks[state]}>{state}</Badge>
      {state === "Active" && expires_at && (
        <p className="mt-1 whitespace-nowrap text-xs text-ink-muted">
          until <DateTime value={expires_at} />
        </p>
      )}
    </>
  );
}

function Revoke({ token: { id, name } }: { token: ListedToken }) {
  return (
    <Form method="post">
      <input type="hidden" name="id" value={id} />
      <ConfirmDialog
        intent="revoke"
        trigger={{ label: "Revoke", variant: "ghost", size: "sm", ariaLabel: `Revoke: ${name}` }}
        title={`Revoke ${name}?`}
        description="The program that sends it is refused from its next request on. This cannot be undone."
        confirmLabel="Revoke token"
        busyLabel="Revoking…"
      />
    </Form>
  );
}
