import { Await } from "@remix-run/react";
import { Suspense, type ReactNode } from "react";

/**
 * A part of a page that may take seconds to compute, the first time in a day; the rest of the page is shown
 * meanwhile. `value` is what `soon` returned in the loader.
 */
export function Later<Value>({
  value,
  waiting = <Waiting />,
  children,
}: {
  value: Value | Promise<Value>;
  waiting?: ReactNode;
  children: (value: Value) => ReactNode;
}) {
  const broken = (
    <p role="alert" className="py-8 text-center text-warning-text">
      This could not be read. Load the page again in a moment.
    </p>
  );
  return (
    <Suspense fallback={waiting}>
      <Await resolve={value} errorElement={broken}>
        {(there) => children(there)}
      </Await>
    </Suspense>
  );
}

function Waiting() {
  return (
    <div role="status" className="py-8 text-center text-ink-muted">
      Adding up a long period for the first time today: this takes some seconds.
      <noscript>
        {" "}
        <a href="" className="underline">
          Load the page again
        </a>
      </noscript>
    </div>
  );
}
