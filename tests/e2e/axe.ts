import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright/test";
import { expect, type Site } from "./fixtures";

/** WCAG 2.2, A and AA: axe tags each rule with the version that it came with. */
export const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export const themes = ["light", "dark"] as const;

/** The rules whose outcome depends on colours. */
const rulesOfColours = ["color-contrast", "link-in-text-block"];

/** Of a page that follows the system, because nobody has chosen a theme. */
export async function expectNoViolationsInEitherTheme(page: Page, where: string): Promise<void> {
  await follow(page, "light");
  await expectNoViolations(page, `${where}, light`);
  await follow(page, "dark");
  await expectNoViolations(page, `${where}, dark`, { type: "rule", values: rulesOfColours });
}

/** Changes the theme of the system, and waits until no colour changes any more. */
async function follow(page: Page, colorScheme: (typeof themes)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.evaluate(async () => {
    const transitions = document.getAnimations().filter((each) => each instanceof CSSTransition);
    await Promise.allSettled(transitions.map(({ finished }) => finished));
  });
}

/** Continues after a violation, so that one run reports all of them. */
export async function expectNoViolations(
  page: Page,
  where: string,
  runOnly: Parameters<AxeBuilder["options"]>[0]["runOnly"] = wcag,
): Promise<void> {
  // The other mode opens a second page for frames of other origins, and takes twice the time.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ runOnly, resultTypes: ["violations"] })
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
