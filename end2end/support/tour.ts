import type { Page } from '@playwright/test';

import { Authenticator } from './authenticator';
import type { Demo } from './demo';
import type { Gateway } from './gateway';
import {
  SETUP_CODE, TITLE, arrive, chooseApp, giveCode, giveEmail, givePassword, linkApp, otpauthUri, press,
  saveRecoveryCode, signIn, signOut, summary,
} from './flow';
import { ABE, ANA, CY, DI, ELI, FLO } from './person';
import { MOBILE, TEXTED_CODE, awaitsCode, giveNumber, otherThan, toNumber } from './phone';
import { pattern, say } from './words';

/** Told the name of each page as it stands on the screen. */
export type Look = (name: string) => Promise<void>;

class Stop extends Error {}

/**
 * Shows every page that there is, each state of it once. Ends after the page named `last`. The text messages of the demo go
 * to the gateway.
 */
export async function everyPage(page: Page, demo: Demo, gateway: Gateway, look: Look, last?: string): Promise<void> {
  const see: Look = async (name) => {
    await look(name);
    if (name === last) throw new Stop();
  };
  try {
    await entrance(page, see);
    await forgotten(page, see);
    await enrolment(page, see);
    await bothWays(page, await texts(page, demo, gateway, see), see);
    await laterSignIn(page, demo, see);
    await earlyEnrolment(page, see);
    await profile(page, demo, see);
    await pause(page, see);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
}

async function entrance(page: Page, see: Look): Promise<void> {
  await page.goto('/demo/outbox');
  await arrive(page, 'Demo outbox');
  await see('outbox-empty');
  await page.goto('/nowhere');
  await arrive(page, 'We cannot find that page');
  await see('not-found');
  await page.goto('/sign-in?notice=expired');
  await arrive(page, TITLE.email);
  await see('sign-in-expired');
  await page.goto('/sign-in');
  await arrive(page, TITLE.email);
  await see('sign-in');
  await giveEmail(page, 'name@company');
  await summary(page).waitFor();
  await see('sign-in-error');
  await giveEmail(page, ANA);
  await arrive(page, TITLE.password);
  await see('password');
  await givePassword(page, 'not the password');
  await summary(page).waitFor();
  await see('password-error');
}

/** A new password by mail, which the demo keeps in its outbox. */
async function forgotten(page: Page, see: Look): Promise<void> {
  await page.goto('/password');
  await arrive(page, 'Forgot your password?');
  await page.getByLabel(say('Email'), { exact: true }).fill('name@company');
  await press(page, 'Send Link');
  await summary(page).waitFor();
  await see('reset-error');
  await page.getByLabel(say('Email'), { exact: true }).fill(ABE);
  await press(page, 'Send Link');
  await arrive(page, 'Check your email');
  await see('reset-sent');
  const link = await linkInOutbox(page);
  await page.goto(link);
  const field = page.getByLabel(say('New password'), { exact: true });
  await field.waitFor();
  await see('reset-new');
  await field.fill('short');
  await press(page, 'Save Password');
  await summary(page).waitFor();
  await see('reset-new-error');
  await field.fill('four green boats at noon');
  await press(page, 'Save Password');
  await arrive(page, 'Your password is changed');
  await see('reset-done');
  await page.goto(link);
  await arrive(page, 'This link no longer works');
  await see('reset-over');
}

/** The link of the one mail that has one. It is written after the page has answered. */
async function linkInOutbox(page: Page): Promise<string> {
  for (;;) {
    const outbox = await (await page.request.get('/demo/outbox.json')).text();
    const path = /\/password\/link\?t=[\w-]+/.exec(outbox)?.[0];
    if (path !== undefined) return path;
  }
}

async function enrolment(page: Page, see: Look): Promise<void> {
  await signIn(page, CY);
  await arrive(page, TITLE.required);
  await see('required-payments');
  await press(page, 'Set Up Now');
  await arrive(page, TITLE.method);
  await see('method-payments');
  await page.context().clearCookies();
  await signIn(page, ANA);
  await arrive(page, TITLE.required);
  await see('required');
  await press(page, 'Set Up Now');
  await arrive(page, TITLE.method);
  await page.getByText(say('I do not have a smartphone')).click();
  await see('method');
  await chooseApp(page);
  await see('authenticator');
  const app = Authenticator.fromUri(await otpauthUri(page));
  await page.getByText(say('Trouble Scanning?')).click();
  await page.getByText(say('I do not have an authenticator app')).click();
  await see('authenticator-key');
  await giveCode(page, app.wrong(), SETUP_CODE);
  await summary(page).waitFor();
  await see('authenticator-error');
  await linkApp(page);
  await see('recovery-code');
  await page.goto('/set-up/recovery-code');
  await page.getByRole('button', { name: say('Make a New Code') }).waitFor();
  await see('recovery-code-gone');
  await press(page, 'Make a New Code');
  await page.locator('#recovery').waitFor();
  await page.context().clearCookies();
}

/** A payee admin with a phone, from the number to a text that does not arrive; gives the recovery code. */
async function texts(page: Page, demo: Demo, gateway: Gateway, see: Look): Promise<string> {
  await toNumber(page, DI);
  await page.getByText(say('My country is not in the list')).click();
  await see('phone');
  await giveNumber(page, '+44 7400 123456');
  await summary(page).waitFor();
  await see('phone-error');
  await giveNumber(page, MOBILE);
  await awaitsCode(page);
  await see('phone-confirm');
  await giveCode(page, otherThan(await gateway.code(1)), TEXTED_CODE);
  await summary(page).waitFor();
  await see('phone-confirm-error');
  await gateway.report(demo.url, 1, 'delivered');
  await page.goto('/set-up/phone/code');
  await see('phone-confirm-delivered');
  await giveCode(page, await gateway.code(1), TEXTED_CODE);
  const recovery = await saveRecoveryCode(page);
  await arrive(page, TITLE.home);
  await page.goto('/profile/security');
  await arrive(page, 'My Profile Settings');
  await see('profile-phone');
  await page.goto('/profile/security/phone');
  await arrive(page, 'Check it is you');
  await see('check-text');
  await page.goto('/');
  await signOut(page);
  await signIn(page, DI);
  await arrive(page, TITLE.code);
  await see('phone-code');
  await press(page, 'Resend New Code');
  await summary(page).waitFor();
  await see('phone-code-wait');
  await gateway.report(demo.url, 2, 'failed');
  await page.goto('/sign-in/phone');
  await see('phone-code-failed');
  return recovery;
}

/** The same person adds an app after a sign-in with the recovery code, and has the choice from then on. */
async function bothWays(page: Page, recovery: string, see: Look): Promise<void> {
  await page.getByRole('link', { name: say('Use a Recovery Code') }).click();
  await page.getByLabel(say('Recovery code')).fill(recovery);
  await press(page, 'Continue');
  await saveRecoveryCode(page);
  // Not in place of the phone, as the page here offers, but beside it.
  await arrive(page, TITLE.replace);
  await page.goto('/profile/security/authenticator');
  await givePassword(page);
  await linkApp(page);
  await saveRecoveryCode(page);
  await arrive(page, TITLE.home);
  await page.goto('/profile/security/recovery-code');
  await arrive(page, 'Check it is you');
  await see('check-either');
  await press(page, 'Text Me a Code');
  await page.getByRole('button', { name: say('Resend New Code') }).waitFor();
  await see('check-either-sent');
  for (const method of ['authenticator', 'phone']) {
    await page.goto(`/profile/security/${method}/remove`);
    await arrive(page, 'Check it is you');
    await see(`remove-${method}`);
  }
  await page.goto('/');
  await arrive(page, TITLE.home);
  await signOut(page);
  await signIn(page, DI);
  await arrive(page, TITLE.choose);
  await see('choose-both');
  await page.context().clearCookies();
}

async function laterSignIn(page: Page, demo: Demo, see: Look): Promise<void> {
  const app = new Authenticator(demo.printed('Setup key').replaceAll(' ', ''));
  await signIn(page, FLO);
  await arrive(page, TITLE.code);
  await see('code');
  await giveCode(page, app.wrong());
  await summary(page).waitFor();
  await see('code-error');
  await page.goto('/sign-in/choose');
  await arrive(page, TITLE.choose);
  await see('choose');
  await page.getByRole('link', { name: say('Use a Recovery Code') }).click();
  await arrive(page, TITLE.recovery);
  await see('recovery');
  await page.getByLabel(say('Recovery code')).fill('AAAA');
  await press(page, 'Continue');
  await summary(page).waitFor();
  await see('recovery-error');
  await page.goto('/sign-in/recovery');
  await page.getByLabel(say('Recovery code')).fill(demo.printed('Recovery code'));
  await press(page, 'Continue');
  await saveRecoveryCode(page);
  await arrive(page, TITLE.replace);
  await see('replace');
  await page.getByRole('link', { name: say('Not now') }).click();
  await arrive(page, TITLE.home);
  await see('home-enrolled');
  await page.goto('/demo/outbox');
  await arrive(page, 'Demo outbox');
  await see('outbox');
  await page.goto('/');
  await signOut(page);
  await see('signed-out');
}

async function earlyEnrolment(page: Page, see: Look): Promise<void> {
  await signIn(page, ELI);
  await arrive(page, TITLE.home);
  await see('home-banner');
  await page.goto('/profile/security');
  await arrive(page, 'My Profile Settings');
  await see('profile-banner');
  await page.goto('/');
  await page.getByRole('link', { name: say('Set Up Now') }).click();
  await arrive(page, TITLE.confirm);
  await see('confirm');
  await givePassword(page, 'not the password');
  await summary(page).waitFor();
  await see('confirm-error');
  await page.context().clearCookies();
}

/** The profile of somebody with an app, and the pages that ask again who it is. */
async function profile(page: Page, demo: Demo, see: Look): Promise<void> {
  const app = new Authenticator(demo.printed('Setup key').replaceAll(' ', ''));
  await signIn(page, FLO);
  await giveCode(page, app.next());
  await arrive(page, TITLE.home);
  await page.goto('/profile/security');
  await arrive(page, 'My Profile Settings');
  await see('profile');
  await page.goto('/profile/security/authenticator');
  await arrive(page, 'Check it is you');
  await see('check');
  await page.getByLabel(say('Password'), { exact: true }).fill('not the password');
  await giveCode(page, app.wrong(), '6-digit code');
  await summary(page).waitFor();
  await see('check-error');
  await page.goto('/profile/security/recovery-code');
  await arrive(page, 'Check it is you');
  await see('check-recovery-code');
  await page.goto('/profile/security/password');
  await arrive(page, 'Change password');
  await see('new-password');
  await page.context().clearCookies();
}

/** Ten wrong passwords pause the account; the eleventh answer shows for how long. Codes have a page of their own. */
async function pause(page: Page, see: Look): Promise<void> {
  await page.goto('/sign-in');
  await giveEmail(page, CY);
  await arrive(page, TITLE.password);
  const paused = page.getByRole('heading', { level: 1, name: pattern('Let’s pause for {time}') });
  for (let time = 0; time < 11; time += 1) {
    const answer = page.waitForResponse('**/api/sign-in/password');
    await givePassword(page, 'not the password');
    if ((await answer).headers()['location']?.startsWith('/pause')) break;
    await summary(page).waitFor();
    await page.goto('/sign-in/password');
  }
  await paused.waitFor();
  await see('paused');
  await page.goto(`/pause?code=${Math.floor(Date.now() / 1000) + 900}`);
  await paused.waitFor();
  await see('paused-code');
  await page.goto('/pause?code=1');
  await arrive(page, 'You can go on now');
  await see('pause-over');
}
