import type { SerializeFrom } from "@remix-run/node";
import { useSearchParams } from "@remix-run/react";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { Num } from "~/ui/num";
import { searchLink } from "~/ui/search-params";
import { RowTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import type { FailureGroup } from "~/operations/failed-targets.server";

export interface FailureGroupsProps {
  groups: Array<SerializeFrom<FailureGroup>>;
  parkAfter: number;
}

/** The reasons: what fails for the same one is usually mended by the same hand. */
export function FailureGroups({ groups, parkAfter }: FailureGroupsProps) {
  return (
    <>
      <Group
        title="Parked"
        description={`Failed ${parkAfter} times in a row. They wait for somebody to retry or discard them.`}
        state="parked"
        groups={groups.filter(({ isParked }) => isParked)}
      />
      <Group
        title="Failing"
        description="Tried again by every sync, unless the name is no topic's."
        state="failing"
        groups={groups.filter(({ isParked }) => !isParked)}
      />
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
  groups: FailureGroupsProps["groups"];
}) {
  const [params] = useSearchParams();
  if (groups.length === 0) return null;
  return (
    <Card flush title={title} description={description}>
      <Table label={`${title}, by reason`}>
        <thead>
          <tr>
            <Th>Reason</Th>
            <Th numeric>Targets</Th>
            <Th numeric>Views</Th>
            <Th numeric>Most attempts</Th>
            <Th>First seen</Th>
            <Th>Last seen</Th>
          </tr>
        </thead>
        <tbody>
          {groups.map(({ reason, targets, views, mostAttempts, firstAt, lastAt }) => (
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
                <Num value={views} />
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
