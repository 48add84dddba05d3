import { useSearchParams } from "@remix-run/react";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { Num } from "~/ui/num";
import { searchLink } from "~/ui/search-params";
import { RowTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import type { FailureGroupView } from "./load.server";

export interface FailureGroupsProps {
  failing: FailureGroupView[];
  parked: FailureGroupView[];
  parkAfter: number;
}

/** The reasons: what fails for the same one is usually mended by the same hand. */
export function FailureGroups({ failing, parked, parkAfter }: FailureGroupsProps) {
  return (
    <>
      {parked.length > 0 && (
        <Group
          title="Parked"
          description={`Failed ${parkAfter} times in a row. They wait for somebody to retry or discard them.`}
          state="parked"
          groups={parked}
        />
      )}
      {failing.length > 0 && (
        <Group
          title="Failing"
          description="Tried again by every sync."
          state="failing"
          groups={failing}
        />
      )}
    </>
  );
}

function Group({
  title,
  description,
  state,
  groups,
}: {
  title: string;
  description: string;
  state: "parked" | "failing";
  groups: FailureGroupView[];
}) {
  const [params] = useSearchParams();
  return (
    <Card flush title={title} description={description}>
      <Table label={`${title}, by reason`}>
        <thead>
          <tr>
            <Th>Reason</Th>
            <Th numeric>Targets</Th>
            <Th numeric>Most attempts</Th>
            <Th>First seen</Th>
            <Th>Last seen</Th>
          </tr>
        </thead>
        <tbody>
          {groups.map(({ reason, targets, mostAttempts, firstAt, lastAt }) => (
            <tr key={reason}>
              <RowTh className="min-w-56">
                <TextLink quiet to={searchLink(params, { reason, state })} preventScrollReset>
                  {reason}
                </TextLink>
              </RowTh>
              <Td numeric>
                <Num value={targets} />
              </Td>
              <Td numeric>
                <Num value={mostAttempts} />
              </Td>
              <Td muted>
                <DateTime value={firstAt} />
              </Td>
              <Td muted>
                <DateTime value={lastAt} relative />
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}
