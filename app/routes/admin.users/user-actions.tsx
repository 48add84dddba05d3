import { Form } from "@remix-run/react";
import { ConfirmDialog } from "~/ui/dialog";
import { TextField } from "~/ui/field";
import { SubmitButton } from "~/ui/submit-button";
import { useFormAnswer } from "~/ui/use-form-answer";
import type { RefusedForm } from "~/ui/error-summary";
import type { ListedUser } from "./route";

export interface UserActionsProps {
  user: ListedUser;
  /** The answer, when a form of this user was refused. */
  refused: RefusedForm | undefined;
}

const look = { variant: "ghost", size: "sm" } as const;

export function UserActions({ user, refused }: UserActionsProps) {
  const { id, email, role, disabled_at } = user;
  const passwordForm = useFormAnswer("password");
  const otherRole = role === "admin" ? "operator" : "admin";
  const trigger = (label: string) => ({ ...look, label, ariaLabel: `${label}: ${email}` });
  return (
    <Form method="post" className="flex flex-wrap items-start justify-end gap-1 xl:min-w-80">
      <input type="hidden" name="id" value={id} />
      <input type="hidden" name="role" value={otherRole} />
      <ConfirmDialog
        intent="role"
        trigger={trigger(`Make ${otherRole}`)}
        title={`Make ${email} an ${otherRole}?`}
        description={
          otherRole === "admin"
            ? "Admins flush, retry and discard views, and manage users."
            : "Operators read everything and change nothing. It takes effect at once."
        }
        confirmLabel={`Make ${otherRole}`}
        busyLabel="Changing…"
        tone="primary"
      />
      <ConfirmDialog
        intent="password"
        trigger={trigger("Reset password")}
        title={`A new password for ${email}`}
        description="Signs them out everywhere. Tell them the password in a safe way."
        confirmLabel="Set password"
        busyLabel="Setting…"
        tone="primary"
      >
        {/* A new key with every answer empties it: it holds a password. */}
        <TextField
          key={passwordForm.key}
          name="password"
          type="password"
          label="New password"
          hint="At least 12 characters"
          required
          maxLength={200}
          autoComplete="new-password"
          errors={refused?.intent === "password" ? (refused.errors.password ?? []) : undefined}
        />
      </ConfirmDialog>
      {disabled_at ? (
        <SubmitButton intent="enable" {...look} aria-label={`Enable: ${email}`}>
          Enable
        </SubmitButton>
      ) : (
        <ConfirmDialog
          intent="disable"
          trigger={trigger("Disable")}
          title={`Disable ${email}?`}
          description="They are signed out everywhere at once and cannot sign in until an admin enables them again."
          confirmLabel="Disable"
          busyLabel="Disabling…"
        />
      )}
    </Form>
  );
}
