import type { SerializeFrom } from "@remix-run/node";
import { Form } from "@remix-run/react";
import { RetryAndDiscard } from "~/routes/admin/retry-and-discard";
import { Banner } from "~/ui/banner";
import { Card } from "~/ui/card";
import { DateTime } from "~/ui/date-time";
import { Email } from "~/ui/email";
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
