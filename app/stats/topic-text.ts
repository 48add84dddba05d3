/** A topic in plain text, as in dialogs and messages: its title and its id, or the id alone. */
export function topicText(topicId: string, name: { title: string | null } | null): string {
  return name?.title ? `${name.title} (${topicId})` : topicId;
}
