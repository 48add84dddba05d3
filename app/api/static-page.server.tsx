import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import type { Theme } from "~/ui/theme";
import { links } from "~/root";

/** A page to be read only: it loads no script, so what it shows is sent once and not again as data. */
export function staticPage({
  title,
  theme,
  children,
}: {
  title: string;
  theme: Theme;
  children: ReactNode;
}): Response {
  const page = renderToStaticMarkup(
    <html lang="en" data-theme={theme === "system" ? undefined : theme}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        {links().map((link) => "href" in link && <link key={link.href} {...link} />)}
      </head>
      <body>{children}</body>
    </html>,
  );
  return new Response(`<!DOCTYPE html>${page}`, {
    headers: { "Content-Type": "text/html; charset=utf-8" },
  });
}
