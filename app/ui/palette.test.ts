import { describe, expect, it } from "vitest";
import { dark, light } from "./palette";

type Name = keyof typeof light;

function luminance(channels: string): number {
  const [red = 0, green = 0, blue = 0] = channels.split(" ").map((text) => {
    const share = Number(text) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dimmer = 0, brighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (brighter + 0.05) / (dimmer + 0.05);
}

const grounds: Name[] = ["canvas", "surface", "surface-muted"];
const tones = ["success", "warning", "danger", "info"] as const;

const textPairs: Array<[Name, Name]> = [
  ...grounds.flatMap((ground): Array<[Name, Name]> => [
    ["ink", ground],
    ["ink-muted", ground],
    ["accent-text", ground],
    ...tones.map((tone): [Name, Name] => [`${tone}-text`, ground]),
  ]),
  ...tones.flatMap((tone): Array<[Name, Name]> => [
    [`${tone}-text`, `${tone}-soft`],
    ["ink", `${tone}-soft`],
    ["ink-muted", `${tone}-soft`],
    ["accent-text", `${tone}-soft`],
  ]),
  ["accent-on", "accent"],
  ["accent-on", "accent-hover"],
  ["danger-on", "danger-solid"],
  ["danger-on", "danger-hover"],
  ["accent-text", "accent-soft"],
  ["ink", "accent-soft"],
  ["ink-muted", "accent-soft"],
];

const shapes: Name[] = [
  "line-strong",
  "chart-1",
  "chart-2",
  "chart-3",
  "chart-4",
  "chart-5",
  "chart-success",
  "chart-warning",
  "chart-danger",
  "chart-neutral",
];

describe.each([
  ["light", light],
  ["dark", dark],
] as const)("the %s palette", (_name, palette) => {
  it.each(textPairs)("shows text in %s on %s with 4.5 to 1", (text, ground) => {
    expect(contrast(palette[text], palette[ground])).toBeGreaterThanOrEqual(4.5);
  });

  it.each(shapes)("shows shapes in %s with 3 to 1", (shape) => {
    expect(contrast(palette[shape], palette.canvas)).toBeGreaterThanOrEqual(3);
    expect(contrast(palette[shape], palette.surface)).toBeGreaterThanOrEqual(3);
  });
});
