import type { LoaderFunctionArgs } from "@remix-run/node";
import { parseListParams } from "~/lists/list-search";
import { csvAnswer } from "./admin/csv-answer.server";

/** All pages of the list of failing targets, with its filter. */
export function loader(args: LoaderFunctionArgs) {
  return csvAnswer(args, {
    name: "failures",
    pages: async function* ({ directory, failures }, search) {
      const pages = failures.all(parseListParams("failures", search));
      for await (const rows of pages) yield await directory.named(rows);
    },
    columns: [
      { header: "Target", value: ({ target }) => target },
      { header: "Topic", value: ({ topicId }) => topicId },
      { header: "Title", value: ({ name }) => name?.title ?? null },
      { header: "State", value: ({ isParked }) => (isParked ? "parked" : "failing") },
      { header: "Views kept", value: ({ views }) => views },
      { header: "Attempts", value: ({ attempts }) => attempts },
      { header: "Reason", value: ({ reason }) => reason },
      { header: "First seen (UTC)", value: ({ firstAt }) => firstAt.toISOString() },
      { header: "Last seen (UTC)", value: ({ lastAt }) => lastAt.toISOString() },
      { header: "Run", value: ({ run }) => run },
    ],
  });
}
