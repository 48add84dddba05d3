import type { Config } from "tailwindcss";
import plugin from "tailwindcss/plugin";
import { customProperties, palette } from "./app/ui/palette";

/** Only the colours of the palette exist, so that nothing can be legible in one theme alone. */
const colors = Object.fromEntries(
  Object.keys(palette).map((name) => [name, `rgb(var(--color-${name}) / <alpha-value>)`]),
);

export default {
  content: ["./app/**/*.{ts,tsx}"],
  theme: {
    colors: { transparent: "transparent", current: "currentColor", ...colors },
    extend: {
      borderColor: { DEFAULT: "rgb(var(--color-line))" },
      maxWidth: { page: "80rem" },
      minHeight: { target: "1.5rem" },
      minWidth: { target: "1.5rem" },
    },
  },
  plugins: [
    plugin((api) => {
      api.addBase({
        ":root": { colorScheme: "light", ...customProperties("light") },
        '[data-theme="dark"]': { colorScheme: "dark", ...customProperties("dark") },
        "@media (prefers-color-scheme: dark)": {
          ":root:not([data-theme])": { colorScheme: "dark", ...customProperties("dark") },
        },
      });
    }),
  ],
} satisfies Config;
