import { Authenticator } from '../support/authenticator';
import {
  CODE, TITLE, arrive, giveCode, giveEmail, givePassword, press, session, signIn, signOut, summary,
} from '../support/flow';
import { untilScripted } from '../support/hydration';
import { FLO, PASSWORD } from '../support/person';
import { expect, test } from '../support/test';

test('code opens the account, and the same code is refused afterwards', async ({ page, demo }) => {
  const app = new Authenticator(demo.printed('Setup key').replaceAll(' ', ''));
  await signIn(page, FLO);
  await arrive(page, TITLE.code);
  await expect(page.getByText(`Muster: ${FLO}`)).toBeVisible();
  await giveCode(page, app.next());
  await arrive(page, TITLE.home);
  expect(await session(page)).toMatchObject({ email: FLO, second_factor: true });
  await signOut(page);
  await signIn(page, FLO);
  await giveCode(page, app.used());
  await expect(summary(page)).toContainText('That code was used already. Wait for the next one in your app');
  await giveCode(page, app.next());
  await arrive(page, TITLE.home);
});

test('code is taken as apps and people write it', async ({ page, demo }) => {
  const app = new Authenticator(demo.printed('Setup key').replaceAll(' ', ''));
  const spellings = [
    (code: string) => ` ${code.slice(0, 3)} ${code.slice(3)}`,
    (code: string) => code.split('').join(' '),
  ];
  for (const spell of spellings) {
    await signIn(page, FLO);
    await arrive(page, TITLE.code);
    const text = spell(app.next());
    // As a paste does, and unlike `fill`, this minds how much the field takes.
    await page.getByLabel(CODE, { exact: true }).focus();
    await page.keyboard.insertText(text);
    await expect(page.getByLabel(CODE, { exact: true })).toHaveValue(text);
    await press(page, 'Continue');
    await arrive(page, TITLE.home);
    await signOut(page);
  }
});

test('fifth wrong code ends the sign-in', async ({ page, demo, javaScriptEnabled }) => {
  const app = new Authenticator(demo.printed('Setup key').replaceAll(' ', ''));
  await signIn(page, FLO);
  for (const left of ['4 tries left.', '3 tries left.', '2 tries left.', '1 try left.']) {
    await giveCode(page, app.wrong());
    await expect(page.getByText(left)).toBeVisible();
    if (javaScriptEnabled) await expect(summary(page)).toBeFocused();
    await expect(page.getByLabel(CODE, { exact: true })).toHaveValue('');
  }
  await giveCode(page, app.wrong());
  await arrive(page, TITLE.email);
  await expect(page.getByText('There were too many codes that did not match.')).toBeVisible();
  await page.goto('/sign-in/code');
  await arrive(page, TITLE.email);
});

test('choice page leads to each way', async ({ page }) => {
  await signIn(page, FLO);
  await arrive(page, TITLE.code);
  await page.getByRole('link', { name: 'Try another way' }).click();
  await arrive(page, TITLE.choose);
  await page.getByRole('link', { name: 'Authenticator App' }).click();
  await arrive(page, TITLE.code);
  await page.goBack();
  await arrive(page, TITLE.choose);
  await page.getByRole('link', { name: 'Use a Recovery Code' }).click();
  await arrive(page, TITLE.recovery);
});

test('wrong password and unknown person look the same', async ({ page }) => {
  const shown: string[] = [];
  for (const email of [FLO, 'nobody@harbor.example']) {
    await page.goto('/sign-in');
    await giveEmail(page, email);
    await arrive(page, TITLE.password);
    await givePassword(page, 'not the password');
    await expect(summary(page)).toContainText('Email and password do not match.');
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
    shown.push((await page.locator('body').innerText()).replaceAll(email, 'EMAIL'));
  }
  expect(shown[1]).toBe(shown[0]);
  expect((await session(page)).status).toBe(401);
});

test('unusable e-mail is kept and explained', async ({ page, javaScriptEnabled }) => {
  // Passes the browser's own check, not ours: a company's address has a dot.
  const typed = 'name@company';
  await page.goto('/sign-in');
  await giveEmail(page, typed);
  await expect(summary(page)).toContainText('That does not look like an email address.');
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue(typed);
  if (javaScriptEnabled) await expect(summary(page)).toBeFocused();
});

test('email can be edited from the password page', async ({ page }) => {
  await page.goto('/sign-in');
  await giveEmail(page, 'flo@harbor.exampel');
  await arrive(page, TITLE.password);
  await page.getByRole('link', { name: 'Edit email' }).click();
  await arrive(page, TITLE.email);
  await expect(page.getByLabel('Email', { exact: true })).toHaveValue('flo@harbor.exampel');
  await giveEmail(page, FLO);
  await arrive(page, TITLE.password);
  await expect(page.getByText(FLO)).toBeVisible();
});

test('whole sign-in by keyboard alone', async ({ page, demo }) => {
  const app = new Authenticator(demo.printed('Setup key').replaceAll(' ', ''));
  const tabTo = async (name: string) => {
    const target = page.getByLabel(name, { exact: true });
    for (let press = 0; press < 12; press += 1) {
      await page.keyboard.press('Tab');
      if (await target.evaluate((element) => element === document.activeElement)) return;
    }
    throw new Error(`${name} is not reached by the Tab key`);
  };
  await page.goto('/sign-in');
  await tabTo('Email');
  await page.keyboard.type(FLO);
  await page.keyboard.press('Enter');
  await arrive(page, TITLE.password);
  await tabTo('Password');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await arrive(page, TITLE.code);
  await tabTo(CODE);
  await page.keyboard.type(app.next());
  await page.keyboard.press('Enter');
  await arrive(page, TITLE.home);
});

test('first Tab reaches the link that skips to the content', async ({ page }) => {
  await page.goto('/sign-in');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to main content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});

test('heading takes the focus and is told at each step @script', async ({ page, demo }) => {
  const app = new Authenticator(demo.printed('Setup key').replaceAll(' ', ''));
  const focused = async (title: string) => {
    await arrive(page, title);
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
    await expect(page.locator('p.vh[role=status]')).toHaveText(title);
  };
  await page.goto('/sign-in');
  await untilScripted(page);
  await giveEmail(page, FLO);
  await focused(TITLE.password);
  await givePassword(page);
  await focused(TITLE.code);
  await page.getByRole('link', { name: 'Try another way' }).click();
  await focused(TITLE.choose);
  await page.getByRole('link', { name: 'Authenticator App' }).click();
  await focused(TITLE.code);
  // From here on the browser itself loads the page, and tells its title.
  await giveCode(page, app.next());
  await arrive(page, TITLE.home);
  await expect(page).toHaveTitle(new RegExp(TITLE.home));
  expect(await page.locator('script').count(), 'a plain page brings no script').toBe(0);
});
