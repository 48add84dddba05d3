import type { SerializeFrom } from "@remix-run/node";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { Email } from "~/ui/email";
import { RowTh, Table, Td, Th } from "~/ui/table";
import type { TopicPage } from "./load.server";

/** Views of a topic that admins discarded, took off or retried. Not shown if there are none. */
export function TopicDecisions({ decisions }: Pick<SerializeFrom<TopicPage>, "decisions">) {
  if (decisions.length === 0) return null;
  return (
    <Card flush title="Discards, views taken off, and retries">
      <Table label="What was done about the views of the topic, newest first">
        <thead>
          <tr>
            <Th>What</Th>
            <Th>When</Th>
            <Th>Who</Th>
            <Th>Reason</Th>
          </tr>
        </thead>
        <tbody>
          {decisions.map(({ id, what, at, actor, reason }) => (
            <tr key={id}>
              <RowTh>{what}</RowTh>
              <Td muted label="When">
                <DateTime value={at} precision="second" />
              </Td>
              <Td label="Who" className="[overflow-wrap:anywhere]">
                <Email address={actor} />
              </Td>
              <Td className="min-w-48 [overflow-wrap:anywhere]">{reason}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}
