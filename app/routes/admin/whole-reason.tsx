import { TextLink } from "~/ui/text-link";

/** A link to the full text of a reason that is cut off. */
export function WholeReason({ search }: { search: { target: string; run?: string } }) {
  return (
    <>
      …{" "}
      <TextLink to={`/admin/reason?${new URLSearchParams(search).toString()}`} reloadDocument>
        Show all
      </TextLink>
    </>
  );
}
