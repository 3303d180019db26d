import {
  TITLE, arrive, chooseApp, enrol, giveCode, givePassword, giveRecoveryCode, linkApp, press, recover, saveRecoveryCode,
  sendAndLose, session, signIn, signOut, summary, toAuthenticator,
} from '../support/flow';
import { told } from '../support/mail';
import { ANA, FLO, PASSWORD } from '../support/person';
import { follow, linkedApp } from '../support/profile';
import { crossed, expect, inEnglishAnd, mailing as test } from '../support/test';
import { say, text } from '../support/words';

inEnglishAnd('de-DE', () => {
  test('recovery code opens the account once, and a new one takes its place', async ({ page, mail }) => {
    const { app, recovery } = await enrol(page, ANA);
    await signOut(page);
    await signIn(page, ANA);
    await follow(page, 'Use a Recovery Code');
    await giveRecoveryCode(page, recovery.toLowerCase().replaceAll('-', '  '));
    const fresh = await saveRecoveryCode(page);
    expect(fresh).not.toBe(recovery);
    await arrive(page, TITLE.replace);
    expect(await session(page)).toMatchObject({ status: 200, email: ANA });
    await follow(page, 'Not now');
    await arrive(page, TITLE.home);

    const secrets = [recovery, fresh, app.key, PASSWORD];
    await told(mail, ANA, 'An authenticator app was linked to your account', secrets);
    await told(mail, ANA, 'Your recovery code was used', secrets);
    await page.goto('/demo/outbox');
    await expect(page.getByRole('heading', { name: say('Your recovery code was used') })).toBeVisible();

    await page.goto('/');
    await signOut(page);
    await signIn(page, ANA);
    await follow(page, 'Use a Recovery Code');
    await giveRecoveryCode(page, recovery);
    await expect(summary(page)).toContainText(text('message', 'recovery_code_old', { card: 1, newest: 2 }));
    await giveRecoveryCode(page, fresh);
    await arrive(page, TITLE.recoveryCode);
  });

  test('lost phone is replaced after the recovery code', async ({ page, demo, mail }) => {
    await recover(page, FLO, demo.printed('Recovery code'));
    await givePassword(page);
    await chooseApp(page);
    const app = await linkApp(page);
    const old = linkedApp(demo);
    expect(app.key).not.toBe(old.key);
    const secrets = [await saveRecoveryCode(page), demo.printed('Recovery code'), app.key, old.key, PASSWORD];
    await arrive(page, TITLE.home);
    await told(mail, FLO, 'Your recovery code was used', secrets);
    await told(mail, FLO, 'Your authenticator app was changed', secrets);
    await signOut(page);

    await signIn(page, FLO);
    await giveCode(page, old.next());
    await expect(summary(page)).toBeVisible();
    await giveCode(page, app.next());
    await arrive(page, TITLE.home);
  });
});

crossed('en-US', 'de-DE', () => {
  test('recovery code whose answer was lost is taken once more', async ({ page, demo }) => {
    const code = demo.printed('Recovery code');
    await signIn(page, FLO);
    await follow(page, 'Use a Recovery Code');
    await arrive(page, TITLE.recovery);
    await sendAndLose(page, '/api/sign-in/recovery', { recovery_code: code });

    await giveRecoveryCode(page, code);
    await arrive(page, TITLE.email);
    await expect(page.getByText(text('sign_in', 'unseen'))).toBeVisible();

    await signIn(page, FLO);
    await follow(page, 'Use a Recovery Code');
    await giveRecoveryCode(page, code);
    expect(await saveRecoveryCode(page)).not.toBe(code);
    await arrive(page, TITLE.replace);
  });

  test('mistyped recovery code costs no attempt', async ({ page, demo }) => {
    const right = demo.printed('Recovery code');
    const mistyped = (right.startsWith('7') ? '8' : '7') + right.slice(1);
    await signIn(page, FLO);
    await follow(page, 'Use a Recovery Code');
    for (let time = 0; time < 7; time += 1) {
      await giveRecoveryCode(page, mistyped);
      await expect(summary(page)).toContainText(text('message', 'recovery_code_malformed'));
      await page.goto('/sign-in/recovery');
    }
    await giveRecoveryCode(page, right);
    await arrive(page, TITLE.recoveryCode);
  });

  test('no change of language takes the code away that is shown once', async ({ page }) => {
    const picker = page.getByLabel(say('Language'), { exact: true });
    await signIn(page, ANA);
    await toAuthenticator(page);
    await expect(picker).toBeVisible();
    await linkApp(page);
    await expect(picker).toBeHidden();
    await expect(page.getByRole('button', { name: say('Change'), exact: true })).toBeHidden();
    await page.goto('/set-up/recovery-code');
    await expect(picker).toBeHidden();
    await press(page, 'Make a New Code');
    await arrive(page, TITLE.recoveryCode);
    await expect(picker).toBeHidden();
    await saveRecoveryCode(page);
    await arrive(page, TITLE.home);
    await expect(picker).toBeVisible();
  });
});
