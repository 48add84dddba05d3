import { parseWithZod } from "@conform-to/zod/v4";
import {
  json,
  type ActionFunctionArgs,
  type LoaderFunctionArgs,
  type MetaFunction,
  type SerializeFrom,
} from "@remix-run/node";
import { useActionData, useLoaderData } from "@remix-run/react";
import { z } from "zod";
import {
  tokenLastDaySchema,
  tokenNameSchema,
  tokenScopesSchema,
} from "~/accounts/api-tokens.server";
import { redirectWithFlash } from "~/server/flash.server";
import { MANAGE_TOKENS } from "~/accounts/rights";
import { requireRight } from "~/server/guards.server";
import { readForm, SMALL_FORM } from "~/server/request-body.server";
import { Card } from "~/ui/card";
import { EmptyState } from "~/ui/empty-state";
import { PageHeader } from "~/ui/page-header";
import { CsvLink } from "../admin/csv-link";
import { CreateTokenForm } from "./create-token-form";
import { NewToken } from "./new-token";
import { TokensTable } from "./tokens-table";

export const meta: MetaFunction = () => [{ title: "Tokens · Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  await requireRight({ request, context }, MANAGE_TOKENS);
  const { tokens } = context.services;
  return { tokens: await tokens.list(), now: new Date() };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const admin = await requireRight({ request, context }, MANAGE_TOKENS);
  const { tokens } = context.services;
  const schema = z.discriminatedUnion("intent", [
    z.object({
      intent: z.literal("create"),
      name: tokenNameSchema,
      scopes: z.preprocess((value) => value ?? [], tokenScopesSchema),
      lastDay: tokenLastDaySchema,
    }),
    z.object({ intent: z.literal("revoke"), id: z.uuid("Unknown token") }),
  ]);
  const submission = parseWithZod(await readForm(request, SMALL_FORM), { schema });
  if (submission.status !== "success") return json(submission.reply(), { status: 400 });
  const { value } = submission;
  if (value.intent === "create") {
    const { name, scopes, lastDay: expiresAt } = value;
    const token = await tokens.create(admin.name, { name, scopes, expiresAt });
    // Shown in this answer, and never again.
    return json({ created: { name, token } });
  }
  const name = await tokens.revoke(admin.name, value.id);
  return redirectWithFlash(
    context,
    "/admin/tokens",
    name === undefined
      ? { kind: "info", text: "This token was revoked before." }
      : { kind: "success", text: `${name} is revoked, and refused from now on.` },
  );
}

export type ListedToken = SerializeFrom<typeof loader>["tokens"][number];

export default function TokensPage() {
  const { tokens, now } = useLoaderData<typeof loader>();
  const answer = useActionData<typeof action>();
  return (
    <>
      <PageHeader
        title="Tokens"
        purpose="What programs send to use the API. Each one is for this DAO, and may do what its scopes say."
        actions={<CsvLink to="/admin/tokens.csv" />}
      />
      {answer && "created" in answer && <NewToken {...answer.created} />}
      <Card flush>
        {tokens.length === 0 ? (
          <EmptyState title="No tokens yet">
            Until there is one, CRON_SECRET starts syncs and cleanups, and no program counts for
            others or reads statistics.
          </EmptyState>
        ) : (
          <TokensTable tokens={tokens} now={now} />
        )}
      </Card>
      <Card
        title="Create a token"
        description="One for each program, with no more scopes than it needs, so that each can be revoked by itself."
      >
        <CreateTokenForm />
      </Card>
    </>
  );
}
