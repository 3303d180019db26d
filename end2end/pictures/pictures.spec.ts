import { mkdir } from 'node:fs/promises';

import { arrive, signIn, TITLE, toAuthenticator } from '../support/flow';
import { ANA } from '../support/person';
import { texting as test } from '../support/test';
import { everyPage } from '../support/tour';

const FOLDER = '../target/pictures';
const SIZES = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
];

for (const size of SIZES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every page at ${size.width} px, ${colorScheme}`, async ({ page, demo, gateway }) => {
      const folder = `${FOLDER}/${size.width}-${colorScheme}`;
      await mkdir(folder, { recursive: true });
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme });
      let number = 0;
      await everyPage(page, demo, gateway, async (name) => {
        number += 1;
        const path = `${folder}/${String(number).padStart(2, '0')}-${name}.png`;
        await page.screenshot({ path, fullPage: true });
      });
    });
  }
}

test('picture of the README', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 940 });
  await page.emulateMedia({ colorScheme: 'light' });
  await signIn(page, ANA);
  await toAuthenticator(page);
  await arrive(page, TITLE.authenticator);
  await page.screenshot({ path: '../docs/pictures/authenticator.png' });
});
