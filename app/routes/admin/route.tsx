import {
  json,
  type HeadersFunction,
  type LoaderFunctionArgs,
  type MetaFunction,
} from "@remix-run/node";
import { Outlet, useLoaderData, useRouteError, useRouteLoaderData } from "@remix-run/react";
import { AdminShell } from "./admin-shell";
import { ErrorPage } from "~/ui/error-page";
import { useLiveRefreshLoop } from "~/ui/live-refresh";
import { Banner } from "~/ui/banner";
import { ButtonLink } from "~/ui/button";
import { FlashMessage, useFlash } from "~/ui/flash-message";
import { LiveRefreshContext } from "~/ui/use-live-refresh";
import { readFlash } from "~/server/flash.server";
import { requireUser } from "~/server/guards.server";
import { presentHealthBanners } from "./health-banners.server";
import { countFailures } from "./navigation.server";

export const meta: MetaFunction = () => [{ title: "Forum Views" }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { email, role } = await requireUser({ request, context });
  const { services } = context;
  const [flash, failures, banners] = await Promise.all([
    readFlash({ request, context }),
    countFailures(services),
    presentHealthBanners(services),
  ]);
  const data = {
    user: { email, role },
    daoSlug: services.env.DAO_SLUG,
    flash: flash.message,
    failures,
    banners,
  };
  return json(data, { headers: flash.headers });
}

/** Of a page that could not be shown; Remix leaves out what no route asks for. */
export const headers: HeadersFunction = ({ errorHeaders }) => {
  const headers = new Headers();
  const retryAfter = errorHeaders?.get("Retry-After");
  if (retryAfter) headers.set("Retry-After", retryAfter);
  return headers;
};

export default function Admin() {
  const { flash: loadedFlash, banners, ...shell } = useLoaderData<typeof loader>();
  const refresh = useLiveRefreshLoop(banners);
  const flash = useFlash(loadedFlash);
  return (
    <LiveRefreshContext.Provider value={refresh.want}>
      <AdminShell {...shell} refresh={refresh}>
        <div className="[&>:not(:empty)]:mb-5">
          <div className="space-y-3">
            {banners.map(({ id, tone, title, text, action }) => (
              <Banner key={id} tone={tone} title={title} action={action && <LinkTo {...action} />}>
                {text}
              </Banner>
            ))}
          </div>
          <FlashMessage flash={flash} />
        </div>
        <div className="space-y-5">
          <Outlet />
        </div>
      </AdminShell>
    </LiveRefreshContext.Provider>
  );
}

function LinkTo({ label, href }: { label: string; href: string }) {
  return (
    <ButtonLink to={href} size="sm">
      {label}
    </ButtonLink>
  );
}

/** A page that failed leaves the navigation in place, unless the layout itself could not load. */
export function ErrorBoundary() {
  const error = useRouteError();
  const data = useRouteLoaderData<typeof loader>("routes/admin");
  const refresh = useLiveRefreshLoop(data);
  const page = <ErrorPage error={error} />;
  return (
    <LiveRefreshContext.Provider value={refresh.want}>
      {data ? (
        <AdminShell {...data} refresh={refresh}>
          {page}
        </AdminShell>
      ) : (
        <main>{page}</main>
      )}
    </LiveRefreshContext.Provider>
  );
}
