import type { Page } from '@playwright/test';

import { Authenticator } from '../support/authenticator';
import {
  SETUP_CODE, TICK, TITLE, arrive, giveCode, givePassword, giveRecoveryCode, otpauthUri, press, recover,
  recoveryCode, saveRecoveryCode, saySaved, signIn, signOut, summary,
} from '../support/flow';
import { FLO } from '../support/person';
import { MOBILE, PHONE_TITLE, TEXTED_CODE, awaitsCode, giveNumber } from '../support/phone';
import { confirm, follow, linkedApp, openProfile, removal, signInWithApp } from '../support/profile';
import { crossed, expect, reaching as test } from '../support/test';
import { say, text } from '../support/words';

/** A second tab of the same browser. */
async function openTab(page: Page, path: string): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.goto(path);
  return tab;
}

crossed('fr-FR', 'en-US', () => {
  test('phone in one tab, app in the other: the later one counts, and nothing is half done', async ({ page, demo, gateway }) => {
    const old = linkedApp(demo);
    // A session that a recovery code opened: the password alone is asked for, and no code of the app is used up.
    await recover(page, FLO, demo.printed('Recovery code'));
    await page.goto('/profile/security/phone');
    const second = await openTab(page, '/profile/security/authenticator');
    await givePassword(page);
    await giveNumber(page, MOBILE);
    await awaitsCode(page);
    await givePassword(second);
    await arrive(second, TITLE.authenticator);

    await giveCode(page, await gateway.code(1), TEXTED_CODE);
    await arrive(page, PHONE_TITLE);
    const fresh = Authenticator.fromUri(await otpauthUri(second));
    await giveCode(second, fresh.next(), SETUP_CODE);
    const recovery = await saveRecoveryCode(second);
    await arrive(second, TITLE.home);
    expect(gateway.count).toBe(1);

    // The number was not added, and it can be.
    await openProfile(page);
    await expect(removal(page, 'Phone Number')).toBeHidden();
    await follow(page, 'Add Phone Number');
    await confirm(page, fresh.next());
    await giveNumber(page, MOBILE);
    await awaitsCode(page);
    await giveCode(page, await gateway.code(2), TEXTED_CODE);
    expect(await saveRecoveryCode(page)).not.toBe(recovery);
    await arrive(page, TITLE.home);
    await signOut(page);

    await signIn(page, FLO);
    await arrive(page, TITLE.choose);
    await page.getByRole('link', { name: say('Authenticator App') }).click();
    await giveCode(page, old.next());
    await expect(summary(page)).toContainText(text('message', 'code_wrong'));
  });

  test('sign-out in one tab, and what the other sends changes nothing', async ({ page, demo }) => {
    const app = linkedApp(demo);
    await signInWithApp(page, app);
    await openProfile(page);
    await follow(page, 'Change Password');
    await arrive(page, 'Change password');
    await signOut(await openTab(page, '/'));
    await page.getByLabel(say('New password')).fill('four quiet green boats');
    await confirm(page, app.next(), 'Change Password');
    await arrive(page, TITLE.email);
    await expect(page.getByText(text('sign_in', 'expired'))).toBeVisible();
    await signIn(page, FLO);
    await arrive(page, TITLE.code);
  });

  test('recovery code in one tab, a newer one in the other: the newest alone works', async ({ page, demo }) => {
    const app = linkedApp(demo);
    await signInWithApp(page, app);
    await page.goto('/profile/security/recovery-code');
    await confirm(page, app.next());
    await arrive(page, TITLE.recoveryCode);
    const older = await recoveryCode(page);
    const second = await openTab(page, '/set-up/recovery-code');
    await press(second, 'Make a New Code');
    await expect(second.getByRole('checkbox', { name: say(TICK) })).toBeVisible();
    const newest = await recoveryCode(second);
    expect(newest).not.toBe(older);

    await saySaved(page);
    await expect(summary(page)).toContainText(text('message', 'recovery_code_replaced'));
    await expect(page.getByRole('checkbox', { name: say(TICK) }), 'a card that does not work').toHaveCount(0);
    await saySaved(second);
    await arrive(second, TITLE.home);
    await signOut(second);

    await signIn(page, FLO);
    await follow(page, 'Use a Recovery Code');
    await giveRecoveryCode(page, older);
    await expect(summary(page)).toContainText(text('message', 'recovery_code_old', { card: 2, newest: 3 }));
    await giveRecoveryCode(page, newest);
    expect(await saveRecoveryCode(page)).not.toBe(newest);
    await arrive(page, TITLE.replace);
  });
});
