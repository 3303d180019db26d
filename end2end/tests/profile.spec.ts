import type { Page } from '@playwright/test';

import type { Authenticator } from '../support/authenticator';
import type { Demo } from '../support/demo';
import {
  CODE, TITLE, arrive, giveCode, giveEmail, givePassword, linkApp, press, saveRecoveryCode, session, signIn,
  summary,
} from '../support/flow';
import { told } from '../support/mail';
import { ELI, FLO, PASSWORD } from '../support/person';
import {
  CHECK, PROFILE, confirm, follow, happened, linkedApp, openProfile, removal, signInWithApp,
} from '../support/profile';
import { crossed, expect, inEnglishAnd, mailing as test } from '../support/test';
import { pattern, say, speak, text } from '../support/words';

const NEW = 'four quiet green boats';
const NEWER = 'five loud yellow trains';
const ALWAYS = 'Always Require 2FA to Log into My Account';

/** Signs in as somebody who is enrolled and opens the page. */
async function profile(page: Page, demo: Demo): Promise<Authenticator> {
  const app = linkedApp(demo);
  await signInWithApp(page, app);
  await follow(page, 'Password & Security');
  await arrive(page, PROFILE);
  return app;
}

inEnglishAnd('es-ES', () => {
  test('app is changed from the profile, and the new one signs in', async ({ page, demo, mail }) => {
    const app = await profile(page, demo);
    await follow(page, 'Change Authenticator App');
    await arrive(page, CHECK);
    await confirm(page, app.wrong());
    await arrive(page, CHECK);
    await expect(page).toHaveTitle(pattern('Error: {title}'));
    await expect(summary(page)).toBeFocused();
    await expect(page.getByLabel(say(CODE), { exact: true })).toHaveAttribute('aria-invalid', 'true');
    await confirm(page, app.next());
    await arrive(page, TITLE.authenticator);
    const fresh = await linkApp(page);
    const recovery = await saveRecoveryCode(page);
    await arrive(page, TITLE.home);
    await told(mail, FLO, 'Your authenticator app was changed', [app.key, fresh.key, recovery, PASSWORD]);
    await page.context().clearCookies();
    await signIn(page, FLO);
    await giveCode(page, fresh.next());
    await arrive(page, TITLE.home);
  });

  test('password is changed, and a bad one is refused with the reason', async ({ page, demo, mail }) => {
    const app = await profile(page, demo);
    await follow(page, 'Change Password');
    await arrive(page, 'Change password');
    const field = page.getByLabel(say('New password'));
    await field.fill('1qaz2wsx3edc');
    // Refused before the code is looked at, so it costs none.
    await confirm(page, app.wrong(), 'Change Password');
    await expect(summary(page)).toContainText(text('message', 'password_known'));
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await field.fill(NEW);
    await confirm(page, app.next(), 'Change Password');
    await arrive(page, PROFILE);
    await happened(page, 'Password changed');
    await told(mail, FLO, 'Your password was changed', [PASSWORD, NEW, app.key]);

    await page.context().clearCookies();
    await page.goto('/sign-in');
    await giveEmail(page, FLO);
    await givePassword(page, PASSWORD);
    await expect(summary(page)).toBeVisible();
    await givePassword(page, NEW);
    await arrive(page, TITLE.code);
  });

  test('early enrolment starts on the profile', async ({ page, mail }) => {
    await signIn(page, ELI);
    await arrive(page, TITLE.home);
    await openProfile(page);
    await expect(page.getByText(say('Not set up yet.'))).toBeVisible();
    await expect(page.getByRole('switch', { name: say(ALWAYS) })).not.toBeChecked();
    await follow(page, 'Add Authenticator App');
    await arrive(page, CHECK);
    await givePassword(page);
    const app = await linkApp(page);
    const recovery = await saveRecoveryCode(page);
    await arrive(page, TITLE.home);
    await told(mail, ELI, 'An authenticator app was linked to your account', [app.key, recovery, PASSWORD]);
    await openProfile(page);
    await expect(page.getByText(say('Yes, with your recovery code.'))).toBeVisible();
    const always = page.getByRole('switch', { name: say(ALWAYS) });
    await expect(always).toBeChecked();
    await expect(always).toBeDisabled();
    // Nothing requires it yet, so it may go again.
    await removal(page, 'Authenticator App').click();
    await confirm(page, app.next(), 'Remove Authenticator App');
    await arrive(page, PROFILE);
    await happened(page, 'Authenticator app removed');
    await expect(page.getByText(say('Not set up yet.'))).toBeVisible();
    await expect(page.getByRole('switch', { name: say(ALWAYS) })).not.toBeChecked();
    await told(mail, ELI, 'Your authenticator app was removed', [app.key, recovery, PASSWORD]);

    await page.context().clearCookies();
    await signIn(page, ELI);
    await arrive(page, TITLE.home);
  });

  test('new recovery code is asked for and shown once', async ({ page, demo, mail }) => {
    const app = await profile(page, demo);
    await follow(page, 'Request a New Recovery Code');
    await arrive(page, CHECK);
    await confirm(page, app.next());
    const recovery = await saveRecoveryCode(page);
    expect(recovery).not.toBe(demo.printed('Recovery code'));
    await arrive(page, TITLE.home);
    await told(mail, FLO, 'You have a new recovery code', [recovery, demo.printed('Recovery code'), app.key, PASSWORD]);
  });
});

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

crossed('es-ES', 'en-US', () => {
  test('one session is ended from the list, and then all others', async ({ page, another }) => {
    const [firefox, chrome] = [await another({ userAgent: FIREFOX }), await another()];
    for (const tab of [firefox, chrome, page]) {
      await signIn(tab, ELI);
      await arrive(tab, TITLE.home);
    }
    await openProfile(page);
    const end = page.getByRole('button', { name: new RegExp(`^${say('Sign Out')} (Chrome|Firefox)`) });
    await expect(end).toHaveCount(2);
    await page.getByRole('button', { name: `${say('Sign Out')} Firefox, Linux`, exact: true }).click();
    await arrive(page, PROFILE);
    await expect(end).toHaveCount(1);
    await firefox.reload();
    await arrive(firefox, TITLE.email);
    await chrome.reload();
    await arrive(chrome, TITLE.home);

    await press(page, 'Sign Out Everywhere Else');
    await arrive(page, PROFILE);
    await expect(end).toHaveCount(0);
    await expect(page.getByRole('button', { name: say('Sign Out Everywhere Else') })).toHaveCount(0);
    await happened(page, 'Signed out from another device');
    await chrome.reload();
    await arrive(chrome, TITLE.email);
    await page.reload();
    await arrive(page, PROFILE);
  });

  test('new password ends the other sessions where somebody asks for that, and leaves them else', async ({ page, another }) => {
    const other = await another();
    for (const tab of [other, page]) {
      await signIn(tab, ELI);
      await arrive(tab, TITLE.home);
    }
    const change = async (from: string, to: string, endOthers: boolean) => {
      await openProfile(page);
      await follow(page, 'Change Password');
      await page.getByLabel(say('New password')).fill(to);
      await page.getByRole('checkbox', { name: say('Sign me out everywhere else') }).setChecked(endOthers);
      await givePassword(page, from, 'Change Password');
      await arrive(page, PROFILE);
      await other.goto('/');
    };
    await change(PASSWORD, NEW, false);
    await arrive(other, TITLE.home);
    await change(NEW, NEWER, true);
    await arrive(other, TITLE.email);
    expect((await session(other)).status).toBe(401);
    expect(await session(page)).toMatchObject({ status: 200, email: ELI });
  });

  test('look is kept, there at once, and in the next browser too', async ({ page, context }) => {
    const dark = async () => {
      await arrive(page, PROFILE);
      await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
      await expect(page.getByRole('radio', { name: say('Dark') })).toBeChecked();
    };
    await signIn(page, ELI);
    await arrive(page, TITLE.home);
    await openProfile(page);
    await page.getByRole('radio', { name: say('Dark') }).check();
    await press(page, 'Save Appearance');
    await dark();
    await context.clearCookies();
    await signIn(page, ELI);
    await arrive(page, TITLE.home);
    await openProfile(page);
    await dark();
  });

  test('language is saved, goes before that of the browser, and is that of the mails', async ({ page, context, mail }) => {
    await signIn(page, ELI);
    await arrive(page, TITLE.home);
    await openProfile(page);
    await page.getByRole('region', { name: say('Language') }).getByRole('combobox').selectOption({ label: 'Italiano' });
    await press(page, 'Save Language');
    speak('it');
    await arrive(page, PROFILE);
    await expect(page.locator('html')).toHaveAttribute('lang', 'it');
    await context.clearCookies();
    speak(await page.evaluate(() => navigator.language));
    await signIn(page, ELI);
    speak('it');
    await arrive(page, TITLE.home);
    await openProfile(page);
    await follow(page, 'Change Password');
    await page.getByLabel(say('New password')).fill(NEW);
    await givePassword(page, PASSWORD, 'Change Password');
    await arrive(page, PROFILE);
    await told(mail, ELI, 'Your password was changed', [PASSWORD, NEW]);
  });
});
