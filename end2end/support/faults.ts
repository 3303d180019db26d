import { type Page, expect } from '@playwright/test';
import axe from 'axe-core';

/** A narrow phone and a common screen, both in the light and in the dark. */
const WIDTHS = [360, 1280];
const SCHEMES = ['light', 'dark'] as const;
/** The one thing that a page's colours can break. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** What axe finds on the page, by these of its rules or by all. */
async function violations(page: Page, rules?: string[]): Promise<string[]> {
  // Brought once to each page: reading the tool takes longer than many a look.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return page.evaluate(async (only) => {
    const { axe: here } = window as unknown as { axe: typeof axe };
    const { violations } = await here.run(document, only === undefined ? {} : { runOnly: { type: 'rule', values: only } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }, rules);
}

/** Notes what axe finds on the page, by these of its rules or by all, and what hangs over its edge. */
export async function noFault(page: Page, name: string, rules?: string[]): Promise<void> {
  expect.soft(await violations(page, rules), name).toEqual([]);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(wider, `${name} scrolls sideways`).toBe(0);
}

/**
 * The same at each width, in the light and in the dark, as the page stands there: its size and its colours change under it.
 * The dark differs from the light by colours alone, so there only the rules of colours are asked.
 */
export async function noFaultAnyhow(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await noFault(page, `${name}, ${width} px, ${colorScheme}`, colorScheme === 'dark' ? OF_COLOURS : undefined);
    }
  }
}
