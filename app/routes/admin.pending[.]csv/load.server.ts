import type { CsvColumn } from "~/lists/csv.server";
import type { PendingParams } from "~/lists/list-search";
import type { Services } from "~/services.server";
import { pendingRows, type PendingRow } from "~/routes/admin.pending/load.server";

export const pendingCsvColumns: Array<CsvColumn<PendingRow>> = [
  { header: "Target", value: ({ target }) => target },
  { header: "Topic", value: ({ topicId }) => topicId },
  { header: "Title", value: ({ name }) => name?.title ?? null },
  { header: "Pending", value: ({ views }) => views },
  { header: "Persisted", value: ({ persisted }) => persisted },
  { header: "Total", value: ({ total }) => total },
];

/**
 * Everything in the place that matches and that PostgreSQL has not taken, in the order of the list. Views are
 * counted meanwhile, so a target may change its place in that order while it is read; none is listed twice.
 * @throws DependencyError
 */
export async function* pendingCsvPages(
  services: Services,
  params: PendingParams,
): AsyncGenerator<PendingRow[]> {
  const told = new Set<string>();
  for await (const members of services.pendingMembers.all(params)) {
    const fresh = members.filter(({ target, isTaken }) => !isTaken && !told.has(target));
    for (const { target } of fresh) told.add(target);
    yield await pendingRows(services, fresh);
  }
}
