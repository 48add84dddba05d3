import { FileJson2 } from "lucide-react";
import { ThemeForm, type Theme } from "~/ui/theme";
import { Badge } from "~/ui/badge";
import { ButtonContent, buttonClass } from "~/ui/button";
import { PageHeader } from "~/ui/page-header";
import type { ApiReference } from "~/routes/docs.api/api-reference.server";
import { Contents } from "./contents";
import { OperationShown } from "./operation-shown";
import { Prose } from "./prose";

export interface ReferencePageProps {
  reference: ApiReference;
  theme: Theme;
  /** Its own address. */
  path: string;
}

/** The API for people. Rendered on the server alone: no hooks, and plain links. */
export function ReferencePage({ reference, theme, path }: ReferencePageProps) {
  const { version, introduction, groups } = reference;
  return (
    <>
      <header className="sticky top-0 z-20 border-b bg-surface/95 backdrop-blur">
        <div className="mx-auto flex h-12 max-w-page items-center justify-between gap-2 px-4 sm:px-6">
          <a href="/admin" className="-ml-1.5 flex min-h-8 items-center gap-2.5 rounded-md px-1.5">
            <img src="/favicon.svg" alt="" width={24} height={24} className="size-6 shrink-0" />
            <span className="font-semibold tracking-tight">Forum Views</span>
          </a>
          <ThemeForm current={theme} page={path} />
        </div>
      </header>
      <div className="mx-auto max-w-page gap-8 px-4 py-6 sm:px-6 lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
        <aside className="mb-6 lg:sticky lg:top-16 lg:mb-0 lg:max-h-[calc(100vh-5rem)] lg:self-start lg:overflow-y-auto">
          <Contents groups={groups} />
        </aside>
        <main className="min-w-0 space-y-8">
          <PageHeader
            title="API"
            badge={<Badge>Version {version}</Badge>}
            purpose="Count views, read them, and move them into PostgreSQL."
            actions={
              <a href="/api/v1/openapi.json" className={buttonClass({ size: "sm" })}>
                <ButtonContent icon={FileJson2}>OpenAPI document</ButtonContent>
              </a>
            }
          />
          <Prose text={introduction} />
          {groups.map(({ name, description, operations }) => (
            <div key={name} className="space-y-4">
              <div>
                <h2 className="text-base font-semibold">{name}</h2>
                <p className="text-ink-muted">{description}</p>
              </div>
              {operations.map((operation) => (
                <OperationShown key={operation.id} operation={operation} />
              ))}
            </div>
          ))}
        </main>
      </div>
    </>
  );
}
