import {
  TITLE, arrive, chooseApp, enrol, giveEmail, givePassword, linkApp, press, saveRecoveryCode, session, signIn,
} from '../support/flow';
import { ABE, CY, DI, ELI, PASSWORD } from '../support/person';
import { expect, test } from '../support/test';

test('payments admin is told why text messages are not open', async ({ page }) => {
  await signIn(page, CY);
  await arrive(page, TITLE.required);
  await expect(page.getByText('Your role handles payments, so this step is always needed.')).toBeVisible();
  await press(page, 'Set Up Now');
  await arrive(page, TITLE.method);
  await expect(page.getByText('SMS Verification')).toBeVisible();
  await expect(page.getByRole('radio', { name: /SMS/ })).toHaveCount(0);
  await expect(page.getByText('Not for your account')).toBeVisible();
  await expect(page.getByText(/Text messages can be stolen/)).toBeVisible();
  await press(page, 'Continue');
  await arrive(page, TITLE.authenticator);
});

test('payee admin must enrol although the company does not ask', async ({ page }) => {
  await signIn(page, DI);
  await arrive(page, TITLE.required);
  expect((await session(page)).status).toBe(401);
  await page.goto('/');
  await arrive(page, TITLE.required);
});

test('member before the deadline is told the date and enrols early', async ({ page }) => {
  await signIn(page, ELI);
  await arrive(page, TITLE.home);
  expect(await session(page)).toMatchObject({ email: ELI, second_factor: false });
  const banner = page.getByRole('region', { name: /you need a second step to sign in/ });
  await expect(banner.getByText('Later Ltd set this date.')).toBeVisible();
  await expect(banner.getByText(/\b(29|30)\sdays left\./)).toBeVisible();
  const date = await banner.getByRole('time').getAttribute('datetime');
  const days = (Date.parse(`${date}T12:00:00-07:00`) - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBeGreaterThanOrEqual(29);
  expect(Math.round(days)).toBeLessThanOrEqual(31);

  await banner.getByRole('link', { name: 'Set Up Now' }).click();
  await arrive(page, TITLE.confirm);
  await givePassword(page, 'not the password');
  await expect(page.getByRole('alert')).toBeVisible();
  await arrive(page, TITLE.confirm);
  await givePassword(page);
  await chooseApp(page);
  await linkApp(page);
  await saveRecoveryCode(page);
  await arrive(page, TITLE.home);
  await expect(page.getByText('you need a second step to sign in')).toBeHidden();
  expect(await session(page)).toMatchObject({ email: ELI });
});

test('enrolment of one person ends nobody else\'s sign-in', async ({ page, demo, browser, guard, javaScriptEnabled }) => {
  const other = await browser.newContext({ baseURL: demo.url, javaScriptEnabled });
  await guard.attach(other);
  const tab = await other.newPage();
  await signIn(tab, ELI);
  await arrive(tab, TITLE.home);
  await enrol(page, ABE);
  expect(await session(tab)).toMatchObject({ email: ELI });
  await tab.reload();
  await arrive(tab, TITLE.home);
  await other.close();
});

test('password in the wrong case is refused, the e-mail in any case is taken', async ({ page }) => {
  await page.goto('/sign-in');
  await giveEmail(page, ELI.toUpperCase());
  await arrive(page, TITLE.password);
  await givePassword(page, PASSWORD.toUpperCase());
  await expect(page.getByRole('alert')).toBeVisible();
  await givePassword(page);
  await arrive(page, TITLE.home);
});
