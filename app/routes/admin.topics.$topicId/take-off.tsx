import { Form } from "@remix-run/react";
import { CircleMinus } from "lucide-react";
import { formatCount } from "~/lib/format";
import { ConfirmDialog } from "~/ui/dialog";
import { ReasonField, TextField } from "~/ui/field";

/** Asks how many persisted views to take off, and why. `topic` is its name in plain text. */
export function TakeOff({ topic, persisted }: { topic: string; persisted: number }) {
  return (
    <Form method="post">
      <ConfirmDialog
        intent="take-off"
        trigger={{ label: "Take views off…", icon: CircleMinus, variant: "secondary" }}
        title={`Take views off topic ${topic}?`}
        description={`${formatCount(persisted, "view")} of it ${persisted === 1 ? "is" : "are"} persisted. What is taken off is gone for good, and the API shows the smaller number at once.`}
        confirmLabel="Take them off"
        busyLabel="Taking off…"
      >
        <TextField label="Views" name="views" inputMode="numeric" autoComplete="off" required />
        <ReasonField />
      </ConfirmDialog>
    </Form>
  );
}
