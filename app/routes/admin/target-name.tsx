import type { TopicName as Name } from "~/stats/directory.server";
import { TextLink } from "~/ui/text-link";
import { TopicName } from "./topic-name";

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
