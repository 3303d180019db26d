import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { type Page, expect } from '@playwright/test';
import type axe from 'axe-core';

/** The tool as it is for browsers: without its comments, which are more than half of it. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A narrow phone and a common screen, both in the light and in the dark. */
const WIDTHS = [360, 1280];
const SCHEMES = ['light', 'dark'] as const;
/**
 * Every rule, and none of the style sheets fetched and read anew before each look, which takes longer than many a rule: that
 * is for pages that lock their orientation, a rule that is off, and for sounds, which no page has. What keeps to a rule is not
 * described.
 */
const OPTIONS: axe.RunOptions = { preload: false, resultTypes: ['violations'] };

/** What axe finds on the page. */
async function violations(page: Page): Promise<string[]> {
  // Brought once to each page: reading the tool takes longer than many a look.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  return page.evaluate(async (options) => {
    const { axe: here } = window as unknown as { axe: typeof axe };
    const { violations } = await here.run(document, options);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }, OPTIONS);
}

/** Notes what axe finds on the page, and what hangs over its edge. */
export async function noFault(page: Page, name: string): Promise<void> {
  expect.soft(await violations(page), name).toEqual([]);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(wider, `${name} scrolls sideways`).toBe(0);
}

/** The same at each width, in the light and in the dark, as the page stands there: its size and its colours change under it. */
export async function noFaultAnyhow(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await noFault(page, `${name}, ${width} px, ${colorScheme}`);
    }
  }
}
