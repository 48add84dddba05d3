import { describe, expect, it } from "vitest";
import { palette } from "./palette";

type Name = keyof typeof palette;

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

const tones = ["success", "warning", "danger", "info"] as const;
const toneTexts = tones.map((tone): Name => `${tone}-text`);
const plainTexts: Name[] = ["ink", "ink-muted", "accent-text"];
const grounds: Name[] = ["canvas", "surface", "surface-muted"];
const softGrounds: Name[] = [...tones.map((tone): Name => `${tone}-soft`), "accent-soft"];

function pairs(texts: Name[], grounds: Name[]) {
  return texts.flatMap((text) => grounds.map((ground): [Name, Name] => [text, ground]));
}

const textPairs: Array<[Name, Name]> = [
  ...pairs([...plainTexts, ...toneTexts], grounds),
  ...pairs(plainTexts, softGrounds),
  ...tones.map((tone): [Name, Name] => [`${tone}-text`, `${tone}-soft`]),
  ...pairs(["accent-on"], ["accent", "accent-hover"]),
  ...pairs(["danger-on"], ["danger-solid", "danger-hover"]),
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

describe.each(["light", "dark"] as const)("the %s palette", (theme) => {
  const contrastOf = (one: Name, other: Name) =>
    contrast(palette[one][theme], palette[other][theme]);

  it.each(textPairs)("shows text in %s on %s with 4.5 to 1", (text, ground) => {
    expect(contrastOf(text, ground)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(shapes)("shows shapes in %s with 3 to 1", (shape) => {
    expect(contrastOf(shape, "canvas")).toBeGreaterThanOrEqual(3);
    expect(contrastOf(shape, "surface")).toBeGreaterThanOrEqual(3);
  });
});
