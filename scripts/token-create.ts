/**
 * `npm run --silent token:create -- --name … --scope …`: creates an API token, and prints it in the last
 * line.
 */
import { parseArgs } from "node:util";
import { API_SCOPES } from "../app/accounts/api-scopes";
import {
  ApiTokens,
  tokenLastDaySchema,
  tokenNameSchema,
  tokenScopesSchema,
} from "../app/accounts/api-tokens.server";
import { Refusal, runAccountCommand } from "./account-command";

const usage = `Usage: npm run --silent token:create -- --name NAME --scope SCOPE [--scope SCOPE …] [--last-day 2027-01-31]

Scopes: ${API_SCOPES.join(", ")}
The token is for the DAO of DAO_SLUG, in the database of DATABASE_URL. Nothing shows it again.
--last-day   the token ends with this day, in UTC; without it, when it is revoked`;

await runAccountCommand(
  usage,
  () =>
    parseArgs({
      options: {
        name: { type: "string" },
        scope: { type: "string", multiple: true },
        "last-day": { type: "string" },
      },
    }).values,
  ({ prisma, pool }, options, parse) => {
    const token = {
      name: parse("--name", tokenNameSchema, options.name),
      scopes: parse("--scope", tokenScopesSchema, options.scope),
      expiresAt: parse("--last-day", tokenLastDaySchema, options["last-day"]),
    };
    const daoSlug = process.env.DAO_SLUG;
    if (!daoSlug) throw new Refusal("DAO_SLUG is missing");
    return new ApiTokens({ prisma, pool, daoSlug }).create("token:create", token);
  },
);
