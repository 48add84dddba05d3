import { isRouteErrorResponse } from "@remix-run/react";

export interface ErrorDescription {
  status: number;
  title: string;
  text: string;
  /** Whether the same page may well work in a moment. */
  isPassing: boolean;
}

/** What a page says in place of its content. Never the text of an error that was not meant for people. */
export function describeError(error: unknown): ErrorDescription {
  if (!isRouteErrorResponse(error)) return unexpected;
  switch (error.status) {
    case 401:
      return {
        status: 401,
        title: "Please sign in",
        text: "Your session has ended, or you have not signed in yet.",
        isPassing: false,
      };
    case 403:
      return {
        status: 403,
        title: "You may not do this",
        text: "Your account has no permission for this page or action. An admin can change your role.",
        isPassing: false,
      };
    case 404:
      return {
        status: 404,
        title: "Page not found",
        text: "There is nothing at this address. It may have been mistyped, or what it showed has been removed.",
        isPassing: false,
      };
    case 429:
      return {
        status: 429,
        title: "Too many requests",
        text: "Wait a minute, then try again.",
        isPassing: true,
      };
    case 503:
      return {
        status: 503,
        title: "A server is not answering",
        text: "The database or Redis cannot be reached right now. Counted views are safe where they are; this page comes back with the server.",
        isPassing: true,
      };
    default:
      return error.status < 500
        ? {
            status: error.status,
            title: "That did not work",
            text: "The server did not understand the request. Go back and try again.",
            isPassing: false,
          }
        : unexpected;
  }
}

const unexpected: ErrorDescription = {
  status: 500,
  title: "Something went wrong",
  text: "The error has been logged. Try again, and tell whoever runs this server if it stays.",
  isPassing: true,
};
