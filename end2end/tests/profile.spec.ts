import type { Page } from '@playwright/test';

import { Authenticator } from '../support/authenticator';
import type { Demo } from '../support/demo';
import { CODE, TITLE, arrive, giveCode, linkApp, press, saveRecoveryCode, signIn, summary } from '../support/flow';
import { ELI, FLO, PASSWORD } from '../support/person';
import { expect, test } from '../support/test';

const PROFILE = 'My Profile Settings';
const CHECK = 'Check it is you';

/** Signs in as somebody who is enrolled and opens the page. */
async function profile(page: Page, demo: Demo): Promise<Authenticator> {
  const app = new Authenticator(demo.printed('Setup key').replaceAll(' ', ''));
  await signIn(page, FLO);
  await arrive(page, TITLE.code);
  await giveCode(page, app.next());
  await arrive(page, TITLE.home);
  await page.getByRole('link', { name: 'Password & Security' }).click();
  await arrive(page, PROFILE);
  return app;
}

async function confirm(page: Page, code: string, button = 'Continue'): Promise<void> {
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel(CODE, { exact: true }).fill(code);
  await press(page, button);
}

test('app is changed from the profile, and the new one signs in', async ({ page, demo }) => {
  const app = await profile(page, demo);
  await page.getByRole('link', { name: 'Change Authenticator App' }).click();
  await arrive(page, CHECK);
  await confirm(page, app.wrong());
  await arrive(page, CHECK);
  await expect(page).toHaveTitle(/^Error: /);
  await expect(summary(page)).toBeFocused();
  await expect(page.getByLabel(CODE, { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await confirm(page, app.next());
  await arrive(page, TITLE.authenticator);
  const fresh = await linkApp(page);
  await saveRecoveryCode(page);
  await arrive(page, TITLE.home);
  await page.context().clearCookies();
  await signIn(page, FLO);
  await giveCode(page, fresh.next());
  await arrive(page, TITLE.home);
});

test('new recovery code is asked for and shown once', async ({ page, demo }) => {
  const app = await profile(page, demo);
  await page.getByRole('link', { name: 'Request a New Recovery Code', exact: true }).click();
  await arrive(page, CHECK);
  await confirm(page, app.next());
  expect(await saveRecoveryCode(page)).not.toBe(demo.printed('Recovery code'));
  await arrive(page, TITLE.home);
});

test('password is changed, and a bad one is refused with the reason', async ({ page, demo }) => {
  const app = await profile(page, demo);
  await page.getByRole('link', { name: 'Change Password' }).click();
  await arrive(page, 'Change password');
  await page.getByLabel('New password').fill('1qaz2wsx3edc');
  // Refused before the code is looked at, so it costs none.
  await confirm(page, app.wrong(), 'Change Password');
  await expect(summary(page)).toContainText('one of the first that a thief tries');
  await expect(page.getByLabel('New password')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('New password').fill('four quiet green boats');
  await confirm(page, app.next(), 'Change Password');
  await arrive(page, PROFILE);
  await expect(page.getByRole('cell', { name: 'Password changed' })).toBeVisible();
});

test('early enrolment starts on the profile', async ({ page }) => {
  await signIn(page, ELI);
  await arrive(page, TITLE.home);
  await page.goto('/profile/security');
  await arrive(page, PROFILE);
  await expect(page.getByText('Not set up yet.')).toBeVisible();
  await expect(page.getByRole('switch', { name: 'Always Require 2FA to Log into My Account' })).not.toBeChecked();
  await page.getByRole('link', { name: 'Add Authenticator App' }).click();
  await arrive(page, CHECK);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await press(page, 'Continue');
  await linkApp(page);
  await saveRecoveryCode(page);
  await arrive(page, TITLE.home);
  await page.goto('/profile/security');
  await expect(page.getByText('Yes, with your recovery code.')).toBeVisible();
  const always = page.getByRole('switch', { name: 'Always Require 2FA to Log into My Account' });
  await expect(always).toBeChecked();
  await expect(always).toBeDisabled();
  // Nothing requires it yet, so it may go again.
  await expect(page.getByRole('link', { name: /^Remove ?: Authenticator App$/ })).toBeVisible();
});

test('other sessions are ended from the list', async ({ page, demo, browser, guard, javaScriptEnabled }) => {
  const app = await profile(page, demo);
  const other = await browser.newContext({ baseURL: demo.url, javaScriptEnabled });
  await guard.attach(other);
  const elsewhere = await other.newPage();
  await signIn(elsewhere, FLO);
  await giveCode(elsewhere, app.next());
  await arrive(elsewhere, TITLE.home);
  await page.reload();
  await page.getByRole('button', { name: /^Sign Out Chrome/ }).click();
  await arrive(page, PROFILE);
  await expect(page.getByRole('button', { name: /^Sign Out/ })).toHaveCount(0);
  await elsewhere.reload();
  await arrive(elsewhere, TITLE.email);
  await other.close();
});

test('look is kept, and there at once', async ({ page, demo }) => {
  await profile(page, demo);
  await page.getByRole('radio', { name: 'Dark' }).check();
  await press(page, 'Save Appearance');
  await arrive(page, PROFILE);
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked();
});
