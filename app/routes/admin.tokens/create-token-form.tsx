import { KeyRound } from "lucide-react";
import { API_SCOPES, scopeTexts } from "~/accounts/api-scopes";
import { AnsweredForm } from "~/ui/answered-form";
import { Checkboxes, TextField } from "~/ui/field";
import { SubmitButton } from "~/ui/submit-button";

const scopeOptions = API_SCOPES.map((value) => ({
  value,
  label: (
    <>
      <code>{value}</code>
      <span className="block text-xs text-ink-muted">{scopeTexts[value]}</span>
    </>
  ),
}));

export function CreateTokenForm() {
  return (
    <AnsweredForm intent="create" refusal="No token was created" className="space-y-4">
      <div className="grid gap-4 sm:grid-cols-[2fr_1fr]">
        <TextField
          name="name"
          label="Name"
          hint="The program that gets it, for example “forum server”"
          required
          maxLength={100}
          autoComplete="off"
        />
        <TextField
          name="lastDay"
          type="date"
          label="Last day"
          hint="In UTC; without one it has no end"
        />
      </div>
      <Checkboxes name="scopes" label="Scopes" options={scopeOptions} />
      <SubmitButton intent="create" icon={KeyRound} busyLabel="Creating…">
        Create token
      </SubmitButton>
    </AnsweredForm>
  );
}
