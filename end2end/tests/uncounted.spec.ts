import type { Page } from '@playwright/test';

import { TITLE, arrive, giveCode, linkApp, press, saveRecoveryCode, session, signIn, signOut } from '../support/flow';
import { ANA, FLO } from '../support/person';
import { addPhoneBeside, enrolPhone } from '../support/phone';
import { follow, linkedApp, openProfile, removal } from '../support/profile';
import { crossed, expect, texting as test } from '../support/test';
import { say } from '../support/words';

const TEXTS_OFF = ['company', 'policy', 'Harbor & Sons', '--sms', 'off'];
const PAYS = ['user', 'add', ANA, '--name', 'Ana Ruiz', '--company', 'Harbor & Sons', '--role', 'payments-admin'];

/** The profile says of the linked number that it does not count, and why. */
async function showsWhy(page: Page, why: string): Promise<void> {
  await openProfile(page);
  await expect(page.getByText(say('Does not count'), { exact: true })).toBeVisible();
  await expect(page.getByText(say(why))).toBeVisible();
}

const COMPANY = 'Your company has switched text messages off. The app is safer anyway.';
const ROLE = 'Your role handles payments, so a text message is not enough.';

for (const [what, command, why, reason] of [
  ['company switched texts off', TEXTS_OFF, COMPANY, 'Not at your company'],
  ['person handles payments now', PAYS, ROLE, 'Not for your account'],
] as const) {
  crossed('en-US', 'fr-FR', () => {
    test(`${what}: the phone alone opens nothing any more, and an app takes its place`, async ({ page, demo, gateway }) => {
      await enrolPhone(page, gateway, ANA);
      await demo.command(...command);
      await showsWhy(page, why);
      await expect(page.getByText(say('No. Your phone number does not count.'))).toBeVisible();
      await page.goto('/');
      await signOut(page);

      await signIn(page, ANA);
      await arrive(page, TITLE.required);
      expect((await session(page)).status).toBe(401);
      await expect(page.getByText(say('Your phone number no longer counts'))).toBeVisible();
      await press(page, 'Set Up Now');
      await arrive(page, TITLE.method);
      await expect(page.getByText(say(reason), { exact: true })).toBeVisible();
      await press(page, 'Continue');
      await arrive(page, TITLE.authenticator);
      const app = await linkApp(page);
      await saveRecoveryCode(page);
      await arrive(page, TITLE.home);
      await signOut(page);

      await signIn(page, ANA);
      await arrive(page, TITLE.code);
      await giveCode(page, app.next());
      await arrive(page, TITLE.home);
      expect(gateway.count, 'no text since the enrolment').toBe(1);
    });
  });
}

crossed('it-IT', 'en-US', () => {
  test('company switched texts off: the app beside the phone opens the account without a choice', async ({ page, demo, gateway }) => {
    await addPhoneBeside(page, gateway, FLO, demo.printed('Recovery code'));
    await demo.command(...TEXTS_OFF);
    await signOut(page);

    await signIn(page, FLO);
    await arrive(page, TITLE.code);
    await follow(page, 'Try another way');
    await arrive(page, TITLE.choose);
    await expect(page.getByRole('button', { name: say('Use a Phone Number') })).toHaveCount(0);
    await page.goBack();
    await arrive(page, TITLE.code);
    await giveCode(page, linkedApp(demo).next());
    await arrive(page, TITLE.home);
    await showsWhy(page, COMPANY);
    await expect(page.getByText(say('Yes, with your recovery code.'))).toBeVisible();
    await expect(removal(page, 'Phone Number'), 'of no use, so it may go').toBeVisible();
    expect(gateway.count).toBe(1);
  });
});
