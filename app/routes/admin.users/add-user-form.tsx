import { Form } from "@remix-run/react";
import { UserPlus } from "lucide-react";
import { SelectField, TextField } from "~/ui/field";
import { SubmitButton } from "~/ui/submit-button";
import { ErrorSummary, type RefusedForm } from "~/ui/error-summary";

const roles = [
  { value: "operator", label: "Operator" },
  { value: "admin", label: "Admin" },
];

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
          type="email"
          label="E-mail"
          hint="Case does not matter"
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
          hint="At least 12 characters"
          required
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
