import { Download } from "lucide-react";
import { ButtonLink } from "~/ui/button";

/** Downloads what a list shows, all pages of it. `to` carries the filter and the order. */
export function CsvLink({ to }: { to: string }) {
  return (
    <ButtonLink to={to} reloadDocument icon={Download} download>
      CSV
    </ButtonLink>
  );
}
