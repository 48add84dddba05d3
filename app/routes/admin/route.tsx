import {
  json,
  type HeadersFunction,
  type LoaderFunctionArgs,
  type MetaFunction,
} from "@remix-run/node";
import {
  Outlet,
  useLoaderData,
  useLocation,
  useRouteError,
  useRouteLoaderData,
} from "@remix-run/react";
import { AdminShell } from "./admin-shell";
import { ErrorPage } from "~/ui/error-page";
import { useLiveRefreshLoop } from "~/ui/live-refresh";
import { Banner } from "~/ui/banner";
import { ButtonLink } from "~/ui/button";
import { FlashMessage, useFlash } from "~/ui/flash-message";
import { LiveRefreshContext } from "~/ui/use-live-refresh";
import { readFlash } from "~/server/flash.server";
import { userIfKnown } from "~/server/guards.server";
import { presentHealthBanners, type HealthBanner } from "./health-banners.server";
import { countFailures } from "./navigation.server";
import { useKeptForm } from "./use-kept-form";

export const meta: MetaFunction = () => [{ title: "Forum Views" }];

const noBanners: HealthBanner[] = [];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const user = await userIfKnown({ request, context });
  const { services } = context;
  const [flash, failures, banners] = await Promise.all([
    readFlash({ request, context }),
    user === null ? null : countFailures(services),
    // Without PostgreSQL the page itself says what is wrong, and need not wait for another time-out.
    user === null ? noBanners : presentHealthBanners(services),
  ]);
  const data = {
    user: user && { name: user.name, role: user.role },
    daoSlug: services.env.DAO_SLUG,
    flash: flash.message,
    failures,
    banners,
  };
  return json(data, { headers: flash.headers });
}

/** The headers of a page that could not be shown: Remix drops them unless a route asks for them. */
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
  const isOverview = useLocation().pathname.replace(/\/$/, "") === "/admin";
  const isRestored = useKeptForm();
  return (
    <LiveRefreshContext.Provider value={refresh.want}>
      <AdminShell {...shell} refresh={refresh}>
        <div className="space-y-3 [&:not(:empty)]:mb-5">
          {banners.map(({ id, tone, title, text, action }) => (
            <Banner
              key={id}
              tone={tone}
              title={title}
              // On any page but the overview, people have other work than a late cron.
              isSlim={id === "cron-late" && !isOverview}
              action={
                action && (
                  <ButtonLink to={action.href} size="sm">
                    {action.label}
                  </ButtonLink>
                )
              }
            >
              {text}
            </Banner>
          ))}
        </div>
        <FlashMessage flash={flash} />
        {isRestored && (
          <div className="mb-5">
            <Banner tone="warning" title="Nothing was done yet">
              You were signed out before your form was sent. Your entries are back in the form,
              except passwords: check them, and send it again.
            </Banner>
          </div>
        )}
        <div className="space-y-5">
          <Outlet />
        </div>
      </AdminShell>
    </LiveRefreshContext.Provider>
  );
}

/** Keeps the navigation around a page that failed, unless the layout itself could not load. */
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
