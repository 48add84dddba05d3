import { Form } from "@remix-run/react";
import { ConfirmDialog } from "~/ui/dialog";
import { Banner } from "~/ui/banner";
import { ReasonField } from "~/ui/field";
import { formatCount, formatNumber } from "~/lib/format";
import type { Health } from "./health-strip";

/**
 * Redis went back behind a batch that it had given out: a person has to decide what happens to its overlay.
 */
export function RegressionDecision({
  regression,
  isAdmin,
}: {
  regression: NonNullable<Health["regression"]>;
  isAdmin: boolean;
}) {
  const { lastBatch, highWater, views, targets } = regression;
  const pending = `${formatCount(views, "view")} in ${formatCount(targets, "target")}`;
  return (
    <div id="regression" className="scroll-mt-20">
      <Banner
        tone="danger"
        title="Redis has lost a batch: syncs wait for a decision"
        action={
          isAdmin && (
            <>
              <Choice
                choice="keep"
                label="Keep the overlay"
                title="Keep what Redis has pending?"
                text={`${pending} will be flushed by the next sync. Views that the lost batch had already flushed are counted twice.`}
              />
              <Choice
                choice="discard"
                label="Discard the overlay"
                title="Discard what Redis has pending?"
                text={`${pending} will be dropped. Views that the lost batch had not flushed are lost.`}
              />
            </>
          )
        }
      >
        Redis knows batches up to {formatNumber(lastBatch)}, PostgreSQL has seen batch{" "}
        {formatNumber(highWater)}, as after a failover to a replica that lagged. Redis now has{" "}
        {pending} pending, and some of them may be persisted already.
      </Banner>
    </div>
  );
}

function Choice({
  choice,
  label,
  title,
  text,
}: {
  choice: "keep" | "discard";
  label: string;
  title: string;
  text: string;
}) {
  return (
    <Form method="post" action="/admin?index">
      <ConfirmDialog
        intent={`${choice}-overlay`}
        trigger={{ label, variant: choice === "discard" ? "danger" : "secondary", size: "sm" }}
        title={title}
        description={text}
        confirmLabel={label}
        tone={choice === "discard" ? "danger" : "primary"}
      >
        <ReasonField />
      </ConfirmDialog>
    </Form>
  );
}
