import { Form } from "@remix-run/react";
import { ConfirmDialog } from "~/ui/dialog";
import type { ListedUser } from "./route";

/**
 * What a user can sign in with, beside an e-mail address. Wallets are shown in full: a beginning is easy to
 * forge.
 */
export function Identities({ user, isOwn }: { user: ListedUser; isOwn: boolean }) {
  const name = user.email ?? user.identities[0]?.subject ?? "";
  return user.identities.map((identity) => {
    const { kind, issuer, subject } = identity;
    return (
      <Form
        key={`${kind} ${issuer} ${subject}`}
        method="post"
        className="flex flex-wrap items-center gap-x-2 font-normal"
      >
        <input type="hidden" name="id" value={user.id} />
        <input type="hidden" name="kind" value={kind} />
        <input type="hidden" name="issuer" value={issuer} />
        <input type="hidden" name="subject" value={subject} />
        {kind === "wallet" ? (
          <code className="text-xs">{subject}</code>
        ) : (
          <span className="text-xs text-ink-muted">
            Single sign-on as <code>{subject}</code>
          </span>
        )}
        {!isOwn && (
          <ConfirmDialog
            intent="remove-identity"
            trigger={{
              label: "Remove",
              variant: "ghost",
              size: "sm",
              ariaLabel: `Remove: ${subject}`,
            }}
            title={`Remove ${subject}?`}
            description={`${name} is signed out everywhere, and cannot sign in with it any more.`}
            confirmLabel="Remove"
            busyLabel="Removing…"
          />
        )}
      </Form>
    );
  });
}
