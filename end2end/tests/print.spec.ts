import type { Page } from '@playwright/test';
import { PNG } from 'pngjs';

import { arrive, linkApp, signIn, TITLE, toAuthenticator } from '../support/flow';
import { untilScripted } from '../support/hydration';
import { ANA } from '../support/person';
import { expect, test } from '../support/test';

async function toCard(page: Page): Promise<void> {
  await signIn(page, ANA);
  await toAuthenticator(page);
  await linkApp(page);
  await arrive(page, TITLE.recoveryCode);
}

/** How far the most colourful pixel is from grey, and how bright the picture is, both 0 to 255. */
function colours(picture: Buffer): { colour: number; brightness: number } {
  const { data } = PNG.sync.read(picture);
  let colour = 0;
  let sum = 0;
  for (let at = 0; at + 2 < data.length; at += 4) {
    const pixel = [...data.subarray(at, at + 3)];
    colour = Math.max(colour, Math.max(...pixel) - Math.min(...pixel));
    sum += pixel.reduce((a, b) => a + b) / 3;
  }
  return { colour, brightness: sum / (data.length / 4) };
}

test('print gives one page with the card and nothing else', async ({ page }) => {
  await toCard(page);
  const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);

  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('group', { name: 'Recovery card, front' })).toBeVisible();
  await expect(page.getByRole('group', { name: 'Recovery card, back' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toBeHidden();
  await expect(page.getByRole('banner')).toBeHidden();
  await expect(page.getByRole('button', { name: 'Continue' })).toBeHidden();
  await expect(page.getByText('Never share a code.')).toBeHidden();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`card prints black on white, also from a ${colorScheme} screen`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await toCard(page);
    await page.emulateMedia({ colorScheme, media: 'print' });
    const { colour, brightness } = colours(await page.screenshot({ fullPage: true }));
    expect(colour).toBe(0);
    expect(brightness).toBeGreaterThan(230);
  });
}

for (const locale of ['de-DE', 'fr-FR']) {
  test.describe(`a browser that asks for ${locale}`, () => {
    test.use({ locale });

    test('card holds its words on paper', async ({ page }) => {
      await toCard(page);
      await page.emulateMedia({ media: 'print' });
      const beyond = await page.locator('.wallet').evaluateAll((halves) =>
        halves.map((half) => [half.scrollHeight - half.clientHeight, half.scrollWidth - half.clientWidth]),
      );
      expect(beyond).toEqual([[0, 0], [0, 0]]);
    });
  });
}

test('Print card opens the print dialog @script', async ({ page }) => {
  await page.addInitScript(() => {
    window.print = () => document.documentElement.setAttribute('data-printed', '');
  });
  await toCard(page);
  await untilScripted(page);
  await page.getByRole('link', { name: 'Print card' }).click();
  await expect(page.locator('html[data-printed]')).toHaveCount(1);
  await expect(page).toHaveURL(/\/recovery-code$/);
});
