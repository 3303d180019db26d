import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { SETUP_CODE } from '../support/flow';
import { expect, texting as test } from '../support/test';
import { everyPage } from '../support/tour';

const SIZES = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
];

async function check(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  expect.soft(found, name).toEqual([]);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(wider, `${name} scrolls sideways`).toBe(0);
}

// The tool is a script of its own, so it needs JavaScript; the pages are the same without it.
for (const size of SIZES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every page at ${size.width} px, ${colorScheme}, has no fault that axe finds @script`, async ({ page, demo, gateway }) => {
      test.setTimeout(240_000);
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const seen: string[] = [];
      await everyPage(page, demo, gateway, async (name) => {
        seen.push(name);
        await check(page, `${name}, ${size.width} px, ${colorScheme}`);
      });
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.length).toBeGreaterThanOrEqual(20);
    });
  }
}

test('wrong code is tied to its field by name, state and description', async ({ page, demo, gateway }) => {
  let looked = false;
  await everyPage(page, demo, gateway, async (name) => {
    if (name !== 'authenticator-error') return;
    looked = true;
    const field = page.getByLabel(SETUP_CODE);
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(/Not the right code\./);
    await page.getByRole('alert').getByRole('link', { name: /That code did not work/ }).click();
    await expect(field).toBeFocused();
  }, 'authenticator-error');
  expect(looked).toBe(true);
});
