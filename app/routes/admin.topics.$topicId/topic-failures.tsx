import type { SerializeFrom } from "@remix-run/node";
import { Form } from "@remix-run/react";
import { RetryAndDiscard } from "~/routes/admin/retry-and-discard";
import { Banner } from "~/ui/banner";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { formatCount } from "~/lib/format";
import { RowTh, Table, Td, Th } from "~/ui/table";
import { TextLink } from "~/ui/text-link";
import type { TopicPage } from "./load.server";

/**
 * Kept views of a failing topic, and the runs in which it failed. Not shown for a topic that never failed.
 */
export function TopicFailures({
  topic: { failure, failedRuns, target },
  isAdmin,
}: {
  topic: SerializeFrom<TopicPage>;
  isAdmin: boolean;
}) {
  return (
    <>
      {failure && (
        <Banner
          tone={failure.isParked ? "danger" : "warning"}
          title={`${failure.isParked ? "Parked" : "Failing"}: ${formatCount(failure.views, "view")} kept`}
          action={
            isAdmin && (
              <Form method="post" className="flex flex-wrap gap-2">
                <input type="hidden" name="target" value={target} />
                <RetryAndDiscard
                  sums={{ targets: 1, views: failure.views, withoutTopic: 0, unacceptedViews: 0 }}
                />
              </Form>
            )
          }
        >
          {failure.reason}. {formatCount(failure.attempts, "attempt")} in a row;{" "}
          {failure.isParked ? "it waits to be retried or discarded." : "every sync tries it again."}
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
