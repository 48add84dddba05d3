/**
 * The colours of both themes as RGB channels, so that Tailwind can add an opacity. Written here and not
 * in CSS because the dark ones are needed twice: for the chosen dark theme and for the system's.
 * `palette.test.ts` checks the contrast of every pair that is used together.
 */
type Channels = `${number} ${number} ${number}`;
type Palette = Record<keyof typeof light, Channels>;

export const light = {
  canvas: "248 248 250",
  surface: "255 255 255",
  "surface-muted": "244 244 246",
  line: "228 228 232",
  /** Borders of form controls, which have to stand out from the background. */
  "line-strong": "142 142 153",
  ink: "24 24 29",
  "ink-muted": "87 88 99",
  accent: "79 70 229",
  "accent-hover": "67 56 202",
  "accent-on": "255 255 255",
  "accent-soft": "238 240 255",
  "accent-text": "67 56 202",
  "success-text": "22 101 52",
  "success-soft": "237 250 242",
  "success-line": "187 229 202",
  "warning-text": "133 67 8",
  "warning-soft": "255 248 230",
  "warning-line": "244 217 155",
  "danger-text": "176 26 26",
  "danger-soft": "254 242 242",
  "danger-line": "248 200 200",
  "danger-solid": "200 30 30",
  "danger-hover": "165 24 24",
  "danger-on": "255 255 255",
  "info-text": "29 78 190",
  "info-soft": "238 245 255",
  "info-line": "195 218 250",
  "chart-1": "79 70 229",
  "chart-2": "13 138 128",
  "chart-3": "190 80 20",
  "chart-4": "186 45 135",
  "chart-5": "20 115 190",
  "chart-success": "29 143 78",
  "chart-warning": "198 108 8",
  "chart-danger": "214 48 48",
  "chart-neutral": "126 127 140",
} satisfies Record<string, Channels>;

export const dark: Palette = {
  canvas: "13 14 17",
  surface: "21 22 27",
  "surface-muted": "29 30 36",
  line: "43 45 53",
  "line-strong": "112 115 128",
  ink: "236 236 240",
  "ink-muted": "163 166 178",
  accent: "91 92 232",
  "accent-hover": "79 80 222",
  "accent-on": "255 255 255",
  "accent-soft": "32 33 66",
  "accent-text": "170 182 255",
  "success-text": "96 217 143",
  "success-soft": "15 38 26",
  "success-line": "32 77 52",
  "warning-text": "247 191 76",
  "warning-soft": "43 32 11",
  "warning-line": "92 68 22",
  "danger-text": "252 135 135",
  "danger-soft": "48 20 23",
  "danger-line": "105 40 45",
  "danger-solid": "205 50 54",
  "danger-hover": "214 58 62",
  "danger-on": "255 255 255",
  "info-text": "132 180 255",
  "info-soft": "18 32 56",
  "info-line": "38 64 110",
  "chart-1": "129 134 255",
  "chart-2": "45 197 181",
  "chart-3": "240 150 90",
  "chart-4": "240 130 200",
  "chart-5": "95 180 245",
  "chart-success": "74 201 125",
  "chart-warning": "238 170 52",
  "chart-danger": "245 105 105",
  "chart-neutral": "128 131 145",
};

/** The palette as custom properties, `--color-ink` and so on. */
export function customProperties(palette: Palette): Record<string, string> {
  return Object.fromEntries(
    Object.entries(palette).map(([name, channels]) => [`--color-${name}`, channels]),
  );
}
