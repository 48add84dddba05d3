import { Form } from "@remix-run/react";
import { UserPlus } from "lucide-react";
import { roleTexts, USER_ROLES } from "~/accounts/rights";
import { SelectField, TextField } from "~/ui/field";
import { SubmitButton } from "~/ui/submit-button";
import { ErrorSummary, type RefusedForm } from "~/ui/error-summary";

const roles = USER_ROLES.map((value) => ({ value, label: roleTexts[value].label }));

export function AddUserForm({ refused }: { refused: RefusedForm | undefined }) {
  const errors = refused?.errors ?? {};
  const problems = ["email", "role", "password"].flatMap((name) =>
    (errors[name] ?? []).map((text) => ({ field: `new-${name}`, text })),
  );
  return (
    <Form method="post" className="space-y-4">
      {refused && (
        <ErrorSummary title="The user was not added" problems={problems} answer={refused} />
      )}
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-[2fr_1fr_2fr]">
        <TextField
          id="new-email"
          name="email"
          label="E-mail or wallet address"
          hint="A wallet’s address has 0x and 40 digits"
          required
          maxLength={320}
          autoComplete="off"
          defaultValue={refused?.values.email}
          errors={errors.email ?? undefined}
        />
        <SelectField
          id="new-role"
          name="role"
          label="Role"
          hint="Can be changed later"
          required
          options={roles}
          defaultValue={refused?.values.role}
          errors={errors.role ?? undefined}
        />
        <TextField
          id="new-password"
          name="password"
          type="password"
          label="Password"
          hint="At least 12 characters; none for a wallet"
          maxLength={200}
          autoComplete="new-password"
          errors={errors.password ?? undefined}
        />
      </div>
      <SubmitButton intent="create" icon={UserPlus} busyLabel="Adding…">
        Add user
      </SubmitButton>
    </Form>
  );
}
