import { RowTh, Table, Td, Th } from "~/ui/table";
import { InlineText } from "./prose";

export interface Fact {
  name: string;
  /** In words: its type, or a sample. */
  kind: string;
  /** "required", "always" and the like. */
  presence: string;
  description: string;
}

/** Names with what they mean: parameters, headers, fields. */
export function FactTable({
  label,
  heading,
  facts,
}: {
  label: string;
  heading: string;
  facts: Fact[];
}) {
  return (
    <div className="rounded-md border">
      <Table label={label}>
        <thead>
          <tr>
            <Th>{heading}</Th>
            <Th>What it is</Th>
          </tr>
        </thead>
        <tbody>
          {facts.map(({ name, kind, presence, description }) => (
            <tr key={name}>
              <RowTh className="align-top">
                <span className="block font-mono text-xs">{name}</span>
                <span className="mt-0.5 block text-xs font-normal text-ink-muted">{presence}</span>
              </RowTh>
              <Td className="min-w-56">
                <span className="block font-mono text-xs text-ink-muted [overflow-wrap:anywhere]">
                  {kind}
                </span>
                {description !== "" && (
                  <span className="mt-0.5 block">
                    <InlineText text={description} />
                  </span>
                )}
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
