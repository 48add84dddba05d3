import { Download } from "lucide-react";
import { ButtonLink } from "~/ui/button";

/** Downloads all pages of a list. `to` carries its filter and order. */
export function CsvLink({ to }: { to: string }) {
  return (
    <ButtonLink to={to} reloadDocument icon={Download} download>
      CSV
    </ButtonLink>
  );
}
