import { createContext } from "react";

/**
 * Fields in a confirmation belong to a form elsewhere in the page, because Radix moves dialogs to the
 * end of the body. Fields in a folded `<details>` must not be natively required: the browser would
 * refuse every submission of that form without being able to show why.
 */
export const FormOwner = createContext<{ form?: string; isFolded: boolean }>({ isFolded: false });
