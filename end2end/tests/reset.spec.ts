import { Authenticator } from '../support/authenticator';
import { TITLE, arrive, giveCode, giveEmail, givePassword, press, session, summary } from '../support/flow';
import { resetLink } from '../support/mail';
import { FLO, PASSWORD } from '../support/person';
import { expect, mailing as test } from '../support/test';
import { say } from '../support/words';

const NEW = 'four green boats at noon';

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

for (const [locale, subject] of [['es-ES', 'Elija una contraseña nueva'], ['it-IT', 'Scelga una nuova password']] as const) {
  test.describe(`a browser that asks for ${locale}`, () => {
    test.use({ locale });

    test('forgets a password and is helped in its language, by mail too', async ({ page, demo, mail }) => {
      await page.goto('/password');
      await arrive(page, 'Forgot your password?');
      await page.getByLabel(say('Email'), { exact: true }).fill(FLO);
      await press(page, 'Send Link');
      await arrive(page, 'Check your email');
      const sent = await mail.mail(subject);
      expect(sent.html).toContain(`<html lang="${locale.slice(0, 2)}">`);
      await page.goto(resetLink(sent));
      expect(page.url()).toBe(`${demo.url}/password/new`);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(subject);
      const field = page.getByLabel(say('New password'), { exact: true });
      await field.fill('short');
      await press(page, 'Save Password');
      await expect(summary(page)).toContainText(say('A password has at least 12 characters. Add a few words and type it again.'));
      await field.fill(NEW);
      await press(page, 'Save Password');
      await arrive(page, 'Your password is changed');
      await mail.mail(say('Your password was changed'));
      await page.goto('/sign-in');
      await giveEmail(page, FLO);
      await arrive(page, TITLE.password);
      await givePassword(page, NEW);
      await arrive(page, TITLE.code);
      await page.goto(resetLink(sent));
      await arrive(page, 'This link no longer works');
    });
  });
}
