import { Form } from "@remix-run/react";
import { KeyRound } from "lucide-react";
import { API_SCOPES, scopeTexts } from "~/accounts/api-scopes";
import { ErrorSummary } from "~/ui/error-summary";
import { Checkboxes, TextField } from "~/ui/field";
import { SubmitButton } from "~/ui/submit-button";
import type { RefusedToken } from "./route";

const scopeOptions = API_SCOPES.map((value) => ({
  value,
  label: (
    <>
      <code>{value}</code>
      <span className="block text-xs text-ink-muted">{scopeTexts[value]}</span>
    </>
  ),
}));

const fields = ["name", "scopes", "lastDay"];

export function CreateTokenForm({ refused }: { refused: RefusedToken | undefined }) {
  const { values, errors = {} } = refused ?? {};
  const problems = fields.flatMap((field) =>
    (errors[field] ?? []).map((text) => ({ field, text })),
  );
  return (
    <Form method="post" className="space-y-4">
      {refused && (
        <ErrorSummary title="No token was created" problems={problems} answer={refused} />
      )}
      <div className="grid gap-4 sm:grid-cols-[2fr_1fr]">
        <TextField
          id="name"
          name="name"
          label="Name"
          hint="The program that gets it, for example “forum server”"
          required
          maxLength={100}
          autoComplete="off"
          defaultValue={values?.name}
          errors={errors.name ?? undefined}
        />
        <TextField
          id="lastDay"
          name="lastDay"
          type="date"
          label="Last day"
          hint="In UTC; without one it has no end"
          defaultValue={values?.lastDay}
          errors={errors.lastDay ?? undefined}
        />
      </div>
      <Checkboxes
        name="scopes"
        label="Scopes"
        options={scopeOptions}
        checked={values?.scopes}
        errors={errors.scopes ?? undefined}
      />
      <SubmitButton intent="create" icon={KeyRound} busyLabel="Creating…">
        Create token
      </SubmitButton>
    </Form>
  );
}
