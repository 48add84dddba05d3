import { createContext } from "react";

/** The nonce of this page's scripts. Empty in the browser, which hides it from scripts. */
export const NonceContext = createContext("");
