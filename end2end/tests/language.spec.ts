import type { Page } from '@playwright/test';

import { Authenticator } from '../support/authenticator';
import { noFault } from '../support/faults';
import { TITLE, arrive, enrol, giveCode, giveEmail, givePassword, press, signIn, signOut, summary } from '../support/flow';
import { untilScripted } from '../support/hydration';
import { ANA, FLO } from '../support/person';
import { expect, texting as test } from '../support/test';
import { everyPage } from '../support/tour';
import { say, speak } from '../support/words';

/** Picks a language in the footer. */
async function pick(page: Page, label: string, name: string, button: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).selectOption({ label: name });
  await page.getByRole('button', { name: button, exact: true }).click();
}

async function isIn(page: Page, language: string): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('lang', language);
}

for (const [locale, language] of [['es-MX', 'es'], ['de-CH', 'de']] as const) {
  test.describe(`a browser that asks for ${locale}`, () => {
    test.use({ locale });

    test('enrols and signs in again in its language', async ({ page, javaScriptEnabled }) => {
      await page.goto('/sign-in');
      await isIn(page, language);
      if (javaScriptEnabled) await untilScripted(page);
      await expect(page).toHaveTitle(`${say(TITLE.email)} – Muster`);
      const { app } = await enrol(page, ANA);
      await isIn(page, language);
      await signOut(page);
      await signIn(page, ANA);
      await giveCode(page, app.wrong());
      await expect(summary(page)).toContainText(say('There is a problem'));
      await giveCode(page, app.next());
      await arrive(page, TITLE.home);
    });

    test('shows every page without a fault that axe finds, and none scrolls sideways @script', async ({ page, demo, gateway }) => {
      test.setTimeout(240_000);
      await page.setViewportSize({ width: 360, height: 740 });
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await everyPage(page, demo, gateway, async (name) => {
        await isIn(page, language);
        await noFault(page, name);
      });
    });
  });
}

test('picker changes the page at hand and keeps the sign-in where it was', async ({ page, demo, javaScriptEnabled }) => {
  const app = new Authenticator(demo.printed('Setup key').replaceAll(' ', ''));
  await page.goto('/sign-in');
  if (javaScriptEnabled) await untilScripted(page);
  await giveEmail(page, FLO);
  await arrive(page, TITLE.password);
  await pick(page, 'Language', 'Deutsch', 'Change');
  await expect(page).toHaveURL(/\/sign-in\/password$/);
  await isIn(page, 'de');
  speak('de');
  await expect(page.getByText(FLO)).toBeVisible();
  await givePassword(page);
  await arrive(page, TITLE.code);
  await pick(page, 'Sprache', 'Español', 'Ändern');
  await isIn(page, 'es');
  speak('es');
  await arrive(page, TITLE.code);
  await giveCode(page, app.next());
  await arrive(page, TITLE.home);
  await isIn(page, 'es');
  await press(page, 'Sign out');
  await arrive(page, TITLE.email);
});

test('every language is named in itself, and the one of the page is chosen', async ({ page }) => {
  await page.goto('/sign-in');
  const picker = page.getByLabel('Language', { exact: true });
  await expect(picker).toHaveValue('en');
  const named = await picker.locator('option').evaluateAll((all) => all.map((one) => [one.getAttribute('lang'), one.textContent?.trim()]));
  expect(named).toEqual([['en', 'English'], ['es', 'Español'], ['fr', 'Français'], ['de', 'Deutsch'], ['it', 'Italiano']]);
});

test('words that do not arrive leave the page as the server sent it', async ({ page, context, guard }) => {
  guard.expectAbsent(/muster-..\.\w+\.txt$/);
  await context.route(/muster-..\.\w+\.txt$/, (route) => route.fulfill({ status: 404, body: '' }));
  await page.goto('/sign-in');
  await giveEmail(page, ANA);
  await arrive(page, TITLE.password);
});
