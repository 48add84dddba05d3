import { json } from "@remix-run/node";
import type { Logger } from "pino";
import { DependencyError } from "~/platform/dependency-error.server";
import type { SignInResult } from "~/accounts/password-sign-in.server";

/** Why a person is not signed in, in words that do not reveal whether an account exists. */
export interface SignInProblem {
  title: string;
  text?: string;
  fields: { email?: string[]; password?: string[] };
}

type Refusal =
  | Exclude<SignInResult, { kind: "signed-in" }>
  | { kind: "invalid"; errors: Record<string, string[] | null> }
  | { kind: "unavailable"; error: unknown; logger: Logger };

/** Seconds after which it is worth trying again when a server is away. */
const UNAVAILABLE_RETRY = 5;

/** The answer of the sign-in page; the form keeps the e-mail address that was typed. */
export function refuseSignIn(refusal: Refusal, email: string) {
  const { status, retryAfter, ...problem } = explain(refusal);
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) };
  return json({ email, problem }, { status, headers });
}

function explain(refusal: Refusal): SignInProblem & { status: number; retryAfter?: number } {
  switch (refusal.kind) {
    case "invalid": {
      const { email, password } = refusal.errors;
      const fields = { email: email ?? undefined, password: password ?? undefined };
      return { status: 400, title: "Check what you have entered", fields };
    }
    case "wrong":
      return {
        status: 401,
        title: "That did not work",
        text: "The e-mail address or the password is not right.",
        fields: {},
      };
    case "limited":
      return {
        status: 429,
        retryAfter: refusal.retryAfter,
        title: "Too many attempts",
        text: `Wait ${waitText(refusal.retryAfter)}, then try again.`,
        fields: {},
      };
    case "unavailable": {
      const { error, logger } = refusal;
      if (!(error instanceof DependencyError)) throw error;
      logger.warn({ err: error }, "Nobody can sign in");
      return {
        status: 503,
        retryAfter: UNAVAILABLE_RETRY,
        title: "Nobody can sign in at the moment",
        text: `${error.message}. Try again in a moment.`,
        fields: {},
      };
    }
  }
}

/** Rounded up, so that nobody comes back too early. */
export function waitText(seconds: number): string {
  if (seconds <= 90) return `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 90 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
}
