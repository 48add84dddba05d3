import { UserPlus } from "lucide-react";
import { roleTexts, USER_ROLES } from "~/accounts/rights";
import { AnsweredForm } from "~/ui/answered-form";
import { SelectField, TextField } from "~/ui/field";
import { SubmitButton } from "~/ui/submit-button";

const roles = USER_ROLES.map((value) => ({ value, label: roleTexts[value].label }));

export function AddUserForm() {
  return (
    <AnsweredForm intent="create" refusal="The user was not added" className="space-y-4">
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-[2fr_1fr_2fr]">
        <TextField
          name="email"
          label="E-mail or wallet address"
          hint="A wallet’s address has 0x and 40 digits"
          required
          maxLength={320}
          autoComplete="off"
        />
        <SelectField
          name="role"
          label="Role"
          hint="Can be changed later"
          required
          options={roles}
        />
        <TextField
          name="password"
          type="password"
          label="Password"
          hint="At least 12 characters; none for a wallet"
          maxLength={200}
          autoComplete="new-password"
        />
      </div>
      <SubmitButton intent="create" icon={UserPlus} busyLabel="Adding…">
        Add user
      </SubmitButton>
    </AnsweredForm>
  );
}
