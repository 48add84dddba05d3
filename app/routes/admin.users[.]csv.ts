import type { LoaderFunctionArgs } from "@remix-run/node";
import { MANAGE_USERS } from "~/accounts/rights";
import { csvAnswer } from "./admin/csv-answer.server";

/** The list of users, whole and in the order of the page. */
export function loader(args: LoaderFunctionArgs) {
  return csvAnswer(args, {
    name: "users",
    right: MANAGE_USERS,
    pages: async function* ({ users }) {
      yield await users.list();
    },
    columns: [
      { header: "E-mail", value: ({ email }) => email },
      {
        header: "Other identities",
        value: ({ identities }) => identities.map(({ subject }) => subject).join(" "),
      },
      { header: "Role", value: ({ role }) => role },
      { header: "Created (UTC)", value: ({ created_at }) => created_at.toISOString() },
      { header: "Disabled (UTC)", value: ({ disabled_at }) => disabled_at?.toISOString() ?? null },
      {
        header: "Last signed in (UTC)",
        value: ({ last_signed_in_at }) => last_signed_in_at?.toISOString() ?? null,
      },
      { header: "Browsers", value: ({ open_sessions }) => open_sessions },
    ],
  });
}
