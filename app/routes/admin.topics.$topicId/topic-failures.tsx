import { Banner } from "~/ui/banner";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { formatCount } from "~/lib/format";
import { RowTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import type { TopicView } from "./load.server";

/** Whether a topic is failing, and the runs in which it did. Nothing for one that never has. */
export function TopicFailures({ topic }: { topic: TopicView }) {
  const { failure, failedRuns, target } = topic;
  return (
    <>
      {failure && (
        <Banner
          tone={failure.parked ? "danger" : "warning"}
          title={failure.parked ? "Parked" : "Failing"}
          action={
            <TextLink to={`/admin/failures?q=${encodeURIComponent(target)}`}>
              Look at it in Failures
            </TextLink>
          }
        >
          {failure.reason}. {formatCount(failure.attempts, "attempt")} in a row; its views are kept.
        </Banner>
      )}
      {failedRuns.length > 0 && (
        <Card flush title="Failed in these runs">
          <Table label="Runs in which the topic failed, newest first">
            <thead>
              <tr>
                <Th>Run</Th>
                <Th>When</Th>
                <Th>Reason</Th>
              </tr>
            </thead>
            <tbody>
              {failedRuns.map(({ run, at, reason }) => (
                <tr key={`${run} ${at}`}>
                  <RowTh>
                    <TextLink quiet to={`/admin/runs/${run}`}>
                      #{run}
                    </TextLink>
                  </RowTh>
                  <Td muted>
                    <DateTime value={at} precision="second" />
                  </Td>
                  <Td>{reason}</Td>
                </tr>
              ))}
            </tbody>
          </Table>
        </Card>
      )}
    </>
  );
}
