import { Authenticator } from '../support/authenticator';
import { TITLE, arrive, giveCode, giveEmail, givePassword, session, summary } from '../support/flow';
import { MailServer, resetLink } from '../support/mail';
import { FLO, PASSWORD } from '../support/person';
import { expect, test as base } from '../support/test';

const NEW = 'four green boats at noon';

const test = base.extend<{ mail: MailServer }>({
  mail: async ({}, use) => {
    const mail = await MailServer.start();
    await use(mail);
    await mail.stop();
  },
  settings: async ({ mail }, use) => {
    await use(mail.settings());
  },
});

test('forgotten password is replaced by the link in the mail, and the second step stays', async ({ page, demo, mail }) => {
  await page.goto('/sign-in');
  await giveEmail(page, FLO);
  await arrive(page, TITLE.password);
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await arrive(page, 'Forgot your password?');
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue(FLO);
  await page.getByRole('button', { name: 'Send Link' }).click();
  await arrive(page, 'Check your email');

  const sent = await mail.mail('Choose a new password');
  expect(sent.recipients).toEqual([FLO]);
  await page.goto(resetLink(sent));
  await arrive(page, 'Choose a new password');
  expect(page.url(), 'the token is out of the address').toBe(`${demo.url}/password/new`);
  await page.getByLabel('New password').fill('Flo Marchetti');
  await page.getByRole('button', { name: 'Save Password' }).click();
  await expect(summary(page)).toContainText('little more than your name');
  await page.getByLabel('New password').fill(NEW);
  await page.getByRole('button', { name: 'Save Password' }).click();
  await arrive(page, 'Your password is changed');
  expect((await session(page)).status).toBe(401);
  const told = await mail.mail('Your password was changed');
  expect(told.text).toContain('Was it not you?');

  await page.getByRole('link', { name: 'Go to sign in' }).click();
  await giveEmail(page, FLO);
  await givePassword(page, PASSWORD);
  await expect(summary(page)).toBeVisible();
  await givePassword(page, NEW);
  await arrive(page, TITLE.code);
  await giveCode(page, new Authenticator(demo.printed('Setup key').replaceAll(' ', '')).next());
  await arrive(page, TITLE.home);

  await page.goto(resetLink(sent));
  await arrive(page, 'This link no longer works');
});

test.describe('in Spanish', () => {
  test.use({ locale: 'es-ES' });

  test('the pages of a forgotten password speak Spanish', async ({ page }) => {
    await page.goto('/password');
    await arrive(page, 'Forgot your password?');
    await page.getByLabel('Correo electrónico').fill('nadie@harbor.example');
    await page.getByRole('button', { name: 'Enviar enlace' }).click();
    await arrive(page, 'Check your email');
    await page.goto('/password/link?t=re_nothing');
    await arrive(page, 'This link no longer works');
  });
});
