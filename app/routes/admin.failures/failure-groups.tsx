import type { SerializeFrom } from "@remix-run/node";
import { Form, useSearchParams } from "@remix-run/react";
import type { ReactNode } from "react";
import { keptViews, RetryAndDiscard } from "~/routes/admin/retry-and-discard";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { searchLink } from "~/ui/search-params";
import { NumTd, RowTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import type { FailureGroup } from "~/operations/failed-targets.server";

/** The id of the list of targets, to which the link of a group leads. */
export const TARGETS = "targets";

export interface FailureGroupsProps {
  groups: Array<SerializeFrom<FailureGroup>>;
  /** The reason by which the list below is filtered. */
  chosen: string;
  isAdmin: boolean;
  /** Hidden fields with the filter of the page. */
  filter: ReactNode;
}

/** Failing targets by reason: those with the same reason can usually be fixed together. */
export function FailureGroups({ groups, chosen, isAdmin, filter }: FailureGroupsProps) {
  const [params] = useSearchParams();
  if (groups.length === 0) return null;
  return (
    <Card flush title="By reason" description="What has one reason usually has one cure.">
      <Table label="Failing and parked, by reason">
        <thead>
          <tr>
            <Th>Reason</Th>
            <Th numeric word="target">
              Targets
            </Th>
            <Th numeric word="parked">
              Parked
            </Th>
            <Th numeric word="failing">
              Views
            </Th>
            <Th numeric>Most attempts</Th>
            <Th>First seen</Th>
            <Th>Last seen</Th>
            {isAdmin && <Th>Act</Th>}
          </tr>
        </thead>
        <tbody>
          {groups.map(({ reason, isCut, parked, mostAttempts, firstAt, lastAt, ...sums }) => (
            <tr key={reason} data-chosen={reason === chosen || undefined}>
              <RowTh className="min-w-56 [overflow-wrap:anywhere]">
                <TextLink
                  quiet
                  to={{ ...searchLink(params, { reason, state: null }), hash: TARGETS }}
                  aria-current={reason === chosen ? "true" : undefined}
                >
                  {reason}
                  {isCut && "…"}
                </TextLink>
              </RowTh>
              <NumTd label="Targets" value={sums.targets} />
              <NumTd label="Parked" value={parked} />
              <NumTd label="Views" value={keptViews(sums)} />
              <NumTd label="Most attempts" value={mostAttempts} />
              <Td muted label="First seen">
                <DateTime value={firstAt} relative />
              </Td>
              <Td muted label="Last seen">
                <DateTime value={lastAt} relative />
              </Td>
              {isAdmin && (
                <Td>
                  <Form method="post" preventScrollReset className="inline-flex gap-1">
                    {filter}
                    <input type="hidden" name="scope" value="reason" />
                    <input type="hidden" name="ofReason" value={reason} />
                    <RetryAndDiscard sums={sums} row={reason} />
                  </Form>
                </Td>
              )}
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}
