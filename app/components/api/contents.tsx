import type { ApiReference } from "~/routes/docs.api/api-reference.server";
import { MethodBadge } from "./method-badge";

/** Links to every operation. */
export function Contents({ groups }: Pick<ApiReference, "groups">) {
  return (
    <nav aria-label="Endpoints">
      <ul className="space-y-4">
        {groups.map(({ name, operations }) => (
          <li key={name}>
            <p className="text-xs font-medium text-ink-muted">{name}</p>
            <ul className="mt-1 space-y-0.5">
              {operations.map(({ id, method, path, summary }) => (
                <li key={id}>
                  <a
                    href={`#${id}`}
                    title={path}
                    className="flex min-h-8 items-start gap-2 rounded-md px-1.5 py-1 text-ink-muted hover:bg-surface-muted hover:text-ink"
                  >
                    <MethodBadge method={method} />
                    <span className="min-w-0 pt-0.5 text-xs">{summary}</span>
                  </a>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </nav>
  );
}
