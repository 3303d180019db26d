import type { Page } from '@playwright/test';

import { Authenticator } from '../support/authenticator';
import { CODE, TITLE, arrive, giveCode, press, saveRecoveryCode, session, signIn, signOut, summary } from '../support/flow';
import { ANA, FLO, PASSWORD } from '../support/person';
import { MOBILE, TEXTED_CODE, awaitsCode, enrolPhone, giveNumber } from '../support/phone';
import { expect, texting as test, textingAnew as quick } from '../support/test';

const PROFILE = 'My Profile Settings';
const CHECK = 'Check it is you';
const OTHER = '(201) 555-0188';

async function openProfile(page: Page): Promise<void> {
  await page.goto('/profile/security');
  await arrive(page, PROFILE);
}

/** Password and code on the page that asks for both. */
async function confirm(page: Page, code: string, button = 'Continue'): Promise<void> {
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel(CODE, { exact: true }).fill(code);
  await press(page, button);
}

test('phone is added beside the app, and taken away again', async ({ page, demo, gateway }) => {
  const app = new Authenticator(demo.printed('Setup key').replaceAll(' ', ''));
  await signIn(page, FLO);
  await giveCode(page, app.next());
  await arrive(page, TITLE.home);
  await openProfile(page);
  await page.getByRole('link', { name: 'Add Phone Number' }).click();
  await arrive(page, CHECK);
  await confirm(page, app.next());
  await giveNumber(page, MOBILE);
  await awaitsCode(page);
  await giveCode(page, await gateway.code(1), TEXTED_CODE);
  expect(await saveRecoveryCode(page)).not.toBe(demo.printed('Recovery code'));
  await arrive(page, TITLE.home);
  await signOut(page);

  await signIn(page, FLO);
  await arrive(page, TITLE.choose);
  await page.getByRole('button', { name: 'Use a Phone Number' }).click();
  await arrive(page, TITLE.code);
  await giveCode(page, await gateway.code(2));
  await arrive(page, TITLE.home);

  await openProfile(page);
  await expect(page.getByText('Codes go to')).toContainText('+1 ••• ••• ••23');
  await page.getByRole('link', { name: /^Remove ?: Phone Number$/ }).click();
  // A session that a text opened is confirmed by a text.
  await press(page, 'Text Me a Code');
  await confirm(page, await gateway.code(3), 'Remove Phone Number');
  await arrive(page, PROFILE);
  await expect(page.getByRole('link', { name: 'Add Phone Number' })).toBeVisible();
  await expect(page.getByRole('cell', { name: 'Phone number removed' })).toBeVisible();
});

quick('number is changed with a code to the old one, which works until the new one does', async ({ page, gateway }) => {
  await enrolPhone(page, gateway, ANA);
  await openProfile(page);
  await expect(page.getByRole('link', { name: /^Remove ?: Phone Number$/ }), 'the only one stays').toBeHidden();
  await page.getByRole('link', { name: 'Change Phone Number' }).click();
  await arrive(page, CHECK);
  await press(page, 'Text Me a Code');
  const known = await gateway.text(2);
  expect(known.to).toBe('+12015550123');
  await expect(page.getByText('We sent a code to')).toBeVisible();
  await confirm(page, await gateway.code(1));
  await expect(summary(page)).toContainText('That code does not match the one we sent.');
  await confirm(page, await gateway.code(2));
  await giveNumber(page, OTHER);
  await awaitsCode(page);
  expect((await gateway.text(3)).to).toBe('+12015550188');
  await giveCode(page, await gateway.code(3), TEXTED_CODE);
  await saveRecoveryCode(page);
  await arrive(page, TITLE.home);
  await signOut(page);

  await signIn(page, ANA);
  await arrive(page, TITLE.code);
  expect((await gateway.text(4)).to).toBe('+12015550188');
  await giveCode(page, await gateway.code(4));
  await arrive(page, TITLE.home);
  expect(await session(page)).toMatchObject({ email: ANA, second_factor: true });
});
