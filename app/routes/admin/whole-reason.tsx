import { TextLink } from "~/ui/text-link";

/** Behind a reason that is cut. */
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
