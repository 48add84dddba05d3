import type { LoaderFunctionArgs } from "@remix-run/node";
import { MANAGE_TOKENS } from "~/accounts/rights";
import { csvAnswer } from "./admin/csv-answer.server";

/** The list of tokens, whole and in the order of the page. The rows have neither the tokens nor their digests. */
export function loader(args: LoaderFunctionArgs) {
  return csvAnswer(args, {
    name: "tokens",
    right: MANAGE_TOKENS,
    pages: async function* ({ tokens }) {
      yield await tokens.list();
    },
    columns: [
      { header: "Token", value: ({ name }) => name },
      { header: "Scopes", value: ({ scopes }) => scopes.join(" ") },
      { header: "Created (UTC)", value: ({ created_at }) => created_at.toISOString() },
      { header: "Created by", value: ({ created_by }) => created_by },
      { header: "Ends (UTC)", value: ({ expires_at }) => expires_at?.toISOString() ?? null },
      { header: "Revoked (UTC)", value: ({ revoked_at }) => revoked_at?.toISOString() ?? null },
      {
        header: "Last used (UTC)",
        value: ({ last_used_at }) => last_used_at?.toISOString() ?? null,
      },
    ],
  });
}
