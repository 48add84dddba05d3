import { Form } from "@remix-run/react";
import { Upload } from "lucide-react";
import { SubmitButton } from "~/ui/submit-button";

/** Starts a sync, and leads to its page. */
export function FlushButton() {
  return (
    <Form method="post" action="/admin?index">
      <SubmitButton intent="flush" icon={Upload} busyLabel="Starting…">
        Flush now
      </SubmitButton>
    </Form>
  );
}
