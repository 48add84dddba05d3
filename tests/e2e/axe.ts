import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright/test";
import { expect, type Site } from "./fixtures";

/** WCAG 2.2, A and AA: axe tags each rule with the version that it came with. */
export const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export const themes = ["light", "dark"] as const;

/** Continues after a violation, so that one run reports all of them. */
export async function expectNoViolations(page: Page, where: string): Promise<void> {
  // The other mode opens a second page for frames of other origins, and takes twice the time.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ runOnly: wcag, resultTypes: ["violations"] })
    .analyze();
  const found = violations.map(({ id, nodes }) => ({
    rule: id,
    elements: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`),
  }));
  expect.soft(found, where).toEqual([]);
}

/** Sets the theme as the switch on every page does. */
export async function choose(
  page: Page,
  site: Site,
  theme: (typeof themes)[number],
): Promise<void> {
  await page.request.post("/theme", { form: { theme }, headers: { Origin: site.origin } });
}
