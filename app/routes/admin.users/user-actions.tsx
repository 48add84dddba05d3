import { Form } from "@remix-run/react";
import { roleTexts, USER_ROLES } from "~/accounts/rights";
import { ConfirmDialog } from "~/ui/dialog";
import { useFormAnswer } from "~/ui/answered-form";
import { TextField } from "~/ui/field";
import { SubmitButton } from "~/ui/submit-button";
import type { ListedUser } from "./route";

const look = { variant: "ghost", size: "sm" } as const;

export function UserActions({ user }: { user: ListedUser }) {
  const { id, email, identities, role, disabled_at } = user;
  const name = email ?? identities[0]?.subject ?? "this user";
  const passwordForm = useFormAnswer("password");
  const trigger = (label: string) => ({ ...look, label, ariaLabel: `${label}: ${name}` });
  return (
    <Form method="post" className="flex flex-wrap items-start justify-end gap-1 xl:min-w-80">
      <input type="hidden" name="id" value={id} />
      {USER_ROLES.filter((other) => other !== role).map((other) => (
        <ConfirmDialog
          key={other}
          intent="role"
          trigger={trigger(`Make ${other}`)}
          title={`Make ${name} ${roleTexts[other].withArticle}?`}
          description={`${roleTexts[other].may} It takes effect at once.`}
          confirmLabel={`Make ${other}`}
          busyLabel="Changing…"
          tone="primary"
        >
          <input type="hidden" name="role" value={other} />
        </ConfirmDialog>
      ))}
      {email !== null && (
        <ConfirmDialog
          intent="password"
          id={id}
          trigger={trigger(user.has_password ? "Reset password" : "Set password")}
          title={`A new password for ${name}`}
          description="Signs them out everywhere. Tell them the password in a safe way."
          confirmLabel="Set password"
          busyLabel="Setting…"
          tone="primary"
        >
          {/* Each answer brings a new key, which empties the field: it holds a password. */}
          <TextField
            key={passwordForm.key}
            id="password-of-user"
            name="password"
            type="password"
            label="New password"
            hint="At least 12 characters"
            required
            maxLength={200}
            autoComplete="new-password"
          />
        </ConfirmDialog>
      )}
      <ConfirmDialog
        intent="add-wallet"
        id={id}
        trigger={trigger("Add wallet")}
        title={`A wallet for ${name}`}
        description="Whoever can sign with it can sign in as this user."
        confirmLabel="Add wallet"
        busyLabel="Adding…"
        tone="primary"
      >
        <TextField
          name="address"
          label="Address"
          hint="0x and 40 digits"
          required
          maxLength={42}
          autoComplete="off"
        />
      </ConfirmDialog>
      {disabled_at ? (
        <SubmitButton intent="enable" {...look} aria-label={`Enable: ${name}`}>
          Enable
        </SubmitButton>
      ) : (
        <ConfirmDialog
          intent="disable"
          trigger={trigger("Disable")}
          title={`Disable ${name}?`}
          description="They are signed out everywhere at once and cannot sign in until an admin enables them again."
          confirmLabel="Disable"
          busyLabel="Disabling…"
        />
      )}
    </Form>
  );
}
