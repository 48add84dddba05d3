import type { CsvColumn } from "~/lists/csv.server";
import type { PendingParams } from "~/lists/list-search";
import type { Services } from "~/services.server";
import { pendingRows, type PendingRow } from "~/routes/admin.pending/rows.server";

export const pendingCsvColumns: Array<CsvColumn<PendingRow>> = [
  { header: "Target", value: ({ target }) => target },
  { header: "Topic", value: ({ topicId }) => topicId },
  { header: "State", value: ({ state }) => state },
  { header: "Pending", value: ({ views }) => views },
  { header: "Persisted", value: ({ persisted }) => persisted },
  { header: "Total", value: ({ total }) => total },
  { header: "Failed attempts", value: ({ attempts }) => attempts },
  { header: "Reason", value: ({ reason }) => reason },
];

/**
 * Everything that matches, in the order of the list. Views go on being counted meanwhile, so a target may
 * move in that order while it is read; none is told twice.
 * @throws DependencyError
 */
export async function* pendingCsvPages(
  services: Pick<Services, "failures" | "pendingList" | "topicViews">,
  params: PendingParams,
): AsyncGenerator<PendingRow[]> {
  const told = new Set<string>();
  for await (const members of services.pendingList.all(params)) {
    const fresh = members.filter(({ place, target }) => !told.has(`${place} ${target}`));
    for (const { place, target } of fresh) told.add(`${place} ${target}`);
    yield await pendingRows(services, fresh);
  }
}
