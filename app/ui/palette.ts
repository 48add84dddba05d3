/**
 * The colours of both themes as RGB channels, so that Tailwind can add an opacity. Written here and not
 * in CSS because the dark ones are needed twice: for the chosen dark theme and for the system's.
 * `palette.test.ts` checks the contrast of every pair that is used together.
 */
export const palette = {
  canvas: { light: "248 248 250", dark: "13 14 17" },
  surface: { light: "255 255 255", dark: "21 22 27" },
  "surface-muted": { light: "244 244 246", dark: "29 30 36" },
  line: { light: "228 228 232", dark: "43 45 53" },
  /** Borders of form controls, which have to stand out from the background. */
  "line-strong": { light: "142 142 153", dark: "112 115 128" },
  ink: { light: "24 24 29", dark: "236 236 240" },
  "ink-muted": { light: "87 88 99", dark: "163 166 178" },
  accent: { light: "79 70 229", dark: "91 92 232" },
  "accent-hover": { light: "67 56 202", dark: "79 80 222" },
  "accent-on": { light: "255 255 255", dark: "255 255 255" },
  "accent-soft": { light: "238 240 255", dark: "32 33 66" },
  "accent-text": { light: "67 56 202", dark: "170 182 255" },
  "success-text": { light: "22 101 52", dark: "96 217 143" },
  "success-soft": { light: "237 250 242", dark: "15 38 26" },
  "success-line": { light: "187 229 202", dark: "32 77 52" },
  "warning-text": { light: "133 67 8", dark: "247 191 76" },
  "warning-soft": { light: "255 248 230", dark: "43 32 11" },
  "warning-line": { light: "244 217 155", dark: "92 68 22" },
  "danger-text": { light: "176 26 26", dark: "252 135 135" },
  "danger-soft": { light: "254 242 242", dark: "48 20 23" },
  "danger-line": { light: "248 200 200", dark: "105 40 45" },
  "danger-solid": { light: "200 30 30", dark: "205 50 54" },
  "danger-hover": { light: "165 24 24", dark: "214 58 62" },
  "danger-on": { light: "255 255 255", dark: "255 255 255" },
  "info-text": { light: "29 78 190", dark: "132 180 255" },
  "info-soft": { light: "238 245 255", dark: "18 32 56" },
  "info-line": { light: "195 218 250", dark: "38 64 110" },
  "chart-1": { light: "79 70 229", dark: "129 134 255" },
  "chart-2": { light: "13 138 128", dark: "45 197 181" },
  "chart-3": { light: "190 80 20", dark: "240 150 90" },
  "chart-4": { light: "186 45 135", dark: "240 130 200" },
  "chart-5": { light: "20 115 190", dark: "95 180 245" },
  "chart-success": { light: "29 143 78", dark: "74 201 125" },
  "chart-warning": { light: "198 108 8", dark: "238 170 52" },
  "chart-danger": { light: "214 48 48", dark: "245 105 105" },
  "chart-neutral": { light: "126 127 140", dark: "128 131 145" },
} satisfies Record<string, Record<"light" | "dark", `${number} ${number} ${number}`>>;

/** The colours of a theme as custom properties, `--color-ink` and so on. */
export function customProperties(theme: "light" | "dark"): Record<string, string> {
  return Object.fromEntries(
    Object.entries(palette).map(([name, channels]) => [`--color-${name}`, channels[theme]]),
  );
}
