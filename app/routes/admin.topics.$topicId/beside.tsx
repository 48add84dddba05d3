import { Form, Link, useSearchParams } from "@remix-run/react";
import { Plus, X } from "lucide-react";
import { TopicName } from "~/routes/admin/topic-name";
import { Button } from "~/ui/button";
import { Card } from "~/ui/card";
import { KeptParams } from "~/ui/filters";
import { TextField } from "~/ui/field";
import { Num } from "~/ui/num";
import { RefusedFormContext } from "~/ui/refused-form";
import type { presentTopicPeriod } from "./load.server";

const MOST = 5;

/** Adds other topics to the chart. They are kept in the address. */
export function Beside({
  topics,
  notFound,
}: {
  topics: Awaited<ReturnType<typeof presentTopicPeriod>>["topics"];
  /** A search that found nothing. */
  notFound: string;
}) {
  const [params] = useSearchParams();
  const without = (topicId: string) => {
    const rest = [...params].filter(([name, value]) => name !== "with" || value !== topicId);
    return `?${new URLSearchParams(rest)}`;
  };
  return (
    <Card title="Compare with other topics" description="Up to four, in the chart above">
      <ul className="space-y-1">
        {topics.slice(1).map(({ topicId, name, views }) => (
          <li key={topicId} className="flex items-center gap-3">
            <TopicName topicId={topicId} name={name} />
            <span className="ml-auto whitespace-nowrap text-ink-muted">
              <Num value={views} /> {views === 1 ? "view" : "views"}
            </span>
            <Link
              to={without(topicId)}
              preventScrollReset
              className="inline-flex size-6 items-center justify-center rounded text-ink-muted hover:text-ink"
            >
              <X aria-hidden className="size-4" />
              <span className="sr-only">
                Take <bdi>{name?.title ?? topicId}</bdi> out of the chart
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {topics.length < MOST && (
        <Form method="get" preventScrollReset className="mt-2 flex flex-wrap items-end gap-2">
          <KeptParams except="add" />
          <div className="w-full sm:w-80">
            <RefusedFormContext.Provider
              value={notFound ? { error: { add: [`No topic matches “${notFound}”`] } } : undefined}
            >
              <TextField
                // A new key empties the field for the next topic.
                key={topics.length}
                label="Title, id or address of a topic"
                name="add"
                maxLength={300}
                autoComplete="off"
                required
              />
            </RefusedFormContext.Provider>
          </div>
          <Button type="submit" icon={Plus}>
            Add
          </Button>
        </Form>
      )}
    </Card>
  );
}
