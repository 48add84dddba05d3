import { describe, expect, it } from "vitest";
import { parseEnvironment, variableNames } from "~/platform/environment.server";
import { readText } from "./files";

/** The variables in docs/configuration.md: name and default. */
const documented = [
  ...readText("docs/configuration.md").matchAll(/^\| `([A-Z_]+)` +\| ([^|]*?) *\|/gm),
].map(([, name, value]) => [name, value]);

function defaults(): Array<[name: string, value: string]> {
  const required: Record<string, string> = {
    ...{ DATABASE_URL: "postgresql://db.example/forum", REDIS_URL: "redis://cache.example" },
    ...{ DAO_SLUG: "ens", APP_ORIGIN: "https://views.example" },
    ...{ CRON_SECRET: "0123456789abcdef", SESSION_SECRET: "0123456789abcdef0123456789abcdef" },
  };
  const env = Object.entries(parseEnvironment(required));
  return variableNames.map((name) => {
    const value = env.find(([known]) => known === name)?.[1];
    return [name, name in required ? "required" : String(value ?? "")];
  });
}

describe("the table of variables", () => {
  it("has each that is read, with its default, and no other", () => {
    expect(documented.toSorted()).toEqual(defaults().toSorted());
  });
});

describe(".env.example", () => {
  const named = [...readText(".env.example").matchAll(/^#?([A-Z_]+)=(.*)$/gm)];
  const ofCompose = ["POSTGRES_PASSWORD", "REDIS_PASSWORD", "PUBLISHED_PORT"];

  it("names variables that there are", () => {
    const names = named.map(([, name]) => name);
    expect(names.filter((name) => ![...variableNames, ...ofCompose].includes(name!))).toEqual([]);
  });

  it("has the defaults in its comments", () => {
    const optional = named.filter(
      ([line, name]) => line.startsWith("#") && !ofCompose.includes(name!),
    );
    expect(optional.length).toBeGreaterThan(10);
    for (const [, name, value] of optional) expect(defaults()).toContainEqual([name, value]);
  });
});
