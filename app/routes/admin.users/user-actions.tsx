import { Form } from "@remix-run/react";
import { ConfirmDialog } from "~/ui/confirm-dialog";
import { TextField } from "~/ui/field";
import { SubmitButton } from "~/ui/submit-button";
import { useFormKey } from "~/ui/use-form-key";
import type { RefusedForm } from "./refused-form";

export interface UserActionsProps {
  user: { id: string; email: string; role: "operator" | "admin"; isDisabled: boolean };
  /** The answer, when a form of this user was refused. */
  refused: RefusedForm | undefined;
}

export function UserActions({ user, refused }: UserActionsProps) {
  const { id, email, role, isDisabled } = user;
  const passwordKey = useFormKey("password");
  const form = `user-${id}`;
  const otherRole = role === "admin" ? "operator" : "admin";
  const look = { variant: "ghost", size: "sm" } as const;
  return (
    <div className="flex flex-wrap items-start justify-end gap-1 xl:min-w-80 [&>details[open]]:basis-full">
      <Form method="post" id={form} hidden>
        <input type="hidden" name="id" value={id} />
        <input type="hidden" name="role" value={otherRole} />
      </Form>
      <ConfirmDialog
        form={form}
        intent="role"
        trigger={{
          ...look,
          label: `Make ${otherRole}`,
          ariaLabel: `Make ${otherRole}: ${email}`,
        }}
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
        form={form}
        intent="password"
        trigger={{
          ...look,
          label: "Reset password",
          ariaLabel: `Reset password: ${email}`,
        }}
        title={`A new password for ${email}`}
        description="Signs them out everywhere. Tell them the password in a safe way."
        confirmLabel="Set password"
        busyLabel="Setting…"
        tone="primary"
      >
        {/* A new key with every answer empties it: it holds a password. */}
        <TextField
          key={passwordKey}
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
      {isDisabled ? (
        <SubmitButton form={form} intent="enable" {...look} aria-label={`Enable: ${email}`}>
          Enable
        </SubmitButton>
      ) : (
        <ConfirmDialog
          form={form}
          intent="disable"
          trigger={{ ...look, label: "Disable", ariaLabel: `Disable: ${email}` }}
          title={`Disable ${email}?`}
          description="They are signed out everywhere at once and cannot sign in until an admin enables them again."
          confirmLabel="Disable"
          busyLabel="Disabling…"
        />
      )}
    </div>
  );
}
