import clsx from "clsx";
import { ExternalLink } from "lucide-react";
import type { TopicName as Name } from "~/stats/directory.server";
import { TextLink } from "~/ui/text-link";

export interface TopicNameProps {
  topicId: string;
  /**
   * The name in the row, as `directory.named(rows)` adds it in a loader; null if it could not be looked up.
   */
  name: Name | null;
  /** The query of the link to the topic's page, such as a period: "?period=7d". */
  search?: string;
  /** Cuts a long title off, for narrow places; in tables it wraps. */
  truncate?: boolean;
}

/**
 * A topic wherever one is shown: its title, which leads to its page here, its id in small, and a link out to the
 * forum. Without a title the id stands alone. In a loader: `rows: await directory.named(rows)`, for rows with a
 * `topicId`; on the page: `<TopicName topicId={row.topicId} name={row.name} />`. In plain text (dialogs, CSV,
 * messages): `topicText(topicId, name)`.
 */
export function TopicName({ topicId, name, search = "", truncate = false }: TopicNameProps) {
  const title = name?.title ?? null;
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <span className={clsx("min-w-0", truncate ? "truncate" : "[overflow-wrap:anywhere]")}>
        <TextLink quiet to={`/admin/topics/${encodeURIComponent(topicId)}${search}`}>
          <bdi className={clsx(name?.hidden && "italic")}>{title ?? topicId}</bdi>
        </TextLink>
        {title !== null && (
          <>
            {" "}
            <span className="text-xs font-normal tabular-nums text-ink-muted">{topicId}</span>
          </>
        )}
      </span>
      {name?.url && (
        <a
          href={name.url}
          target="_blank"
          rel="noreferrer"
          title="Open in the forum"
          className={clsx(
            "min-h-target min-w-target shrink-0 items-center justify-center rounded-sm text-ink-muted hover:text-ink",
            // On a phone there is no room for it beside a title that is cut off; the topic's page has it.
            truncate ? "hidden sm:inline-flex" : "inline-flex",
          )}
        >
          <ExternalLink aria-hidden className="size-3.5" />
          <span className="sr-only">
            Open <bdi>{title ?? topicId}</bdi> in the forum, in a new tab
          </span>
        </a>
      )}
    </span>
  );
}

/**
 * A target, shown by its topic's title if that is known; otherwise by its own name, which may be no topic's.
 */
export function TargetName({
  target,
  topicId,
  name,
}: {
  target: string;
  topicId: string | null;
  name: Name | null;
}) {
  if (topicId === null) return target;
  if (name?.title) return <TopicName topicId={topicId} name={name} />;
  return (
    <TextLink quiet to={`/admin/topics/${topicId}`}>
      {target}
    </TextLink>
  );
}
