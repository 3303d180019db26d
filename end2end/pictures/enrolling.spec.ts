import type { Page } from '@playwright/test';

import { TITLE, arrive, linkApp, press, signIn, toAuthenticator } from '../support/flow';
import { ANA, DI } from '../support/person';
import { MOBILE, awaitsCode, giveNumber, toNumber } from '../support/phone';
import { texting as test } from '../support/test';

/** Takes a picture for docs/enrolling.md: the page's heart, without head and foot. */
async function picture(page: Page, name: string): Promise<void> {
  await page.locator('main').screenshot({ path: `../docs/pictures/enrolling-${name}.png` });
}

test.use({ viewport: { width: 360, height: 740 }, colorScheme: 'light' });

test('pictures of an enrolment with an app', async ({ page }) => {
  await signIn(page, ANA);
  await arrive(page, TITLE.required);
  await press(page, 'Set Up Now');
  await arrive(page, TITLE.method);
  await picture(page, 'method');
  await page.goto('/set-up');
  await toAuthenticator(page);
  await picture(page, 'app');
  await linkApp(page);
  await picture(page, 'code');
});

test('picture of an enrolment with text messages', async ({ page }) => {
  await toNumber(page, DI);
  await giveNumber(page, MOBILE);
  await awaitsCode(page);
  await picture(page, 'text');
});
