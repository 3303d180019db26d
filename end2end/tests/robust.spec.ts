import { Authenticator } from '../support/authenticator';
import {
  SETUP_CODE, TICK, TITLE, arrive, chooseApp, enrol, giveCode, giveEmail, givePassword, linkApp, otpauthUri, press,
  recoveryCode, saveRecoveryCode, session, signIn, summary, toAuthenticator,
} from '../support/flow';
import { ANA, ELI, FLO, PASSWORD } from '../support/person';
import { expect, test } from '../support/test';

const EXPIRED = 'That took a while, so we started over to keep your account safe.';

test('reload at every step stays on the step', async ({ page }) => {
  const reload = async (title: string) => {
    await arrive(page, title);
    await page.reload();
    await arrive(page, title);
  };
  await page.goto('/sign-in');
  await reload(TITLE.email);
  await giveEmail(page, ANA);
  await reload(TITLE.password);
  await givePassword(page);
  await reload(TITLE.required);
  await press(page, 'Set Up Now');
  await reload(TITLE.method);
  await chooseApp(page);
  await reload(TITLE.authenticator);
  await linkApp(page);
  await saveRecoveryCode(page);
  await reload(TITLE.home);
});

test('Back at every step shows a page of ours, and the way on still works', async ({ page }) => {
  const heading = page.getByRole('heading', { level: 1 });
  const back = async (from: string) => {
    await arrive(page, from);
    await page.goBack();
    await expect(heading).not.toHaveText(from);
    await page.goForward();
    await arrive(page, from);
  };
  await page.goto('/sign-in');
  await giveEmail(page, ANA);
  await back(TITLE.password);
  await givePassword(page);
  await back(TITLE.required);
  await press(page, 'Set Up Now');
  await back(TITLE.method);
  await chooseApp(page);
  await back(TITLE.authenticator);
  const app = await linkApp(page);
  await page.goBack();
  await expect(heading).toBeVisible();
  expect(await page.content(), 'a confirmed key does not come back').not.toContain(app.key);
  await page.goto('/set-up/recovery-code');
  await arrive(page, TITLE.recoveryCode);
});

test('Back after the sign-out shows nothing of the person', async ({ page }) => {
  await signIn(page, ELI);
  await arrive(page, TITLE.home);
  await press(page, 'Sign out');
  await arrive(page, TITLE.email);
  await page.goBack();
  await arrive(page, TITLE.email);
  await expect(page.getByText('Eli Brandt')).toHaveCount(0);
});

test('double click on each button does its work once', async ({ page }) => {
  const twice = (name: string) => page.getByRole('button', { name, exact: true }).dblclick();
  await page.goto('/sign-in');
  await page.getByLabel('Email', { exact: true }).fill(ANA);
  await twice('Continue');
  await arrive(page, TITLE.password);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await twice('Continue');
  await arrive(page, TITLE.required);
  await press(page, 'Set Up Now');
  await arrive(page, TITLE.method);
  await twice('Continue');
  await arrive(page, TITLE.authenticator);
  const app = Authenticator.fromUri(await otpauthUri(page));
  await page.getByLabel(SETUP_CODE).fill(app.next());
  await twice('Continue');
  await arrive(page, TITLE.recoveryCode);
});

test('two tabs enrol with one secret, and the later one is told where it is', async ({ page, context }) => {
  await signIn(page, ANA);
  await toAuthenticator(page);
  const second = await context.newPage();
  await second.goto('/set-up/authenticator');
  await arrive(second, TITLE.authenticator);
  expect(await otpauthUri(second)).toBe(await otpauthUri(page));
  const app = await linkApp(page);
  await giveCode(second, app.next(), SETUP_CODE);
  await arrive(second, TITLE.recoveryCode);
  expect(await recoveryCode(page)).toMatch(/^[0-9A-Z-]{29}$/);
});

test('sign-out in one tab ends the other', async ({ page, context }) => {
  await signIn(page, ELI);
  await arrive(page, TITLE.home);
  const second = await context.newPage();
  await second.goto('/');
  await arrive(second, TITLE.home);
  await press(page, 'Sign out');
  await arrive(page, TITLE.email);
  await second.reload();
  await arrive(second, TITLE.email);
});

test('sign-in whose cookie is gone starts over with a word why', async ({ page, context }) => {
  const gone = async () => {
    await context.clearCookies({ name: 'muster-demo-sign-in' });
  };
  await signIn(page, FLO);
  await arrive(page, TITLE.code);
  await gone();
  await giveCode(page, '123456');
  await arrive(page, TITLE.email);
  await expect(page.getByText(EXPIRED)).toBeVisible();

  await signIn(page, ANA);
  await toAuthenticator(page);
  await gone();
  await giveCode(page, '123456', SETUP_CODE);
  await arrive(page, TITLE.email);
  await expect(page.getByText(EXPIRED)).toBeVisible();
});

test('e-mail that the browser has forgotten stays while the password is typed, and else the start says why', async ({ page, context }) => {
  const forget = async () => {
    await context.clearCookies({ name: 'muster-demo-entry' });
  };
  await page.goto('/sign-in');
  await giveEmail(page, FLO);
  await arrive(page, TITLE.password);
  await forget();
  await givePassword(page, 'not the password');
  await expect(summary(page)).toContainText('Email and password do not match.');
  await arrive(page, TITLE.password);
  await expect(page.getByText(FLO)).toBeVisible();
  await forget();
  await page.goto('/sign-in/password');
  await arrive(page, TITLE.email);
  await expect(page.getByText(EXPIRED)).toBeVisible();
});

test('later steps cannot be opened by their address', async ({ page }) => {
  const steps = [
    '/', '/sign-in/code', '/sign-in/choose', '/sign-in/recovery', '/set-up', '/set-up/password', '/set-up/method',
    '/set-up/authenticator', '/set-up/recovery-code', '/sign-in/password',
  ];
  for (const step of steps) {
    await page.goto(step);
    await arrive(page, TITLE.email);
  }
  await signIn(page, FLO);
  await arrive(page, TITLE.code);
  for (const step of ['/', '/set-up', '/set-up/method', '/set-up/authenticator', '/set-up/recovery-code']) {
    await page.goto(step);
    await arrive(page, TITLE.code);
  }
  expect((await session(page)).status).toBe(401);
});

test('unknown address has a page with a way on', async ({ page }) => {
  const response = await page.goto('/sign-in/nowhere');
  expect(response?.status()).toBe(404);
  await arrive(page, 'We cannot find that page');
  await page.getByRole('link', { name: 'Go to sign in' }).click();
  await arrive(page, TITLE.email);
});

test('tab closed before the code was saved: the next sign-in gives a fresh one', async ({ page }) => {
  await signIn(page, ANA);
  await toAuthenticator(page);
  const app = await linkApp(page);
  const unsaved = await recoveryCode(page);
  await page.context().clearCookies();
  await signIn(page, ANA);
  await arrive(page, TITLE.code);
  await giveCode(page, app.next());
  expect(await saveRecoveryCode(page)).not.toBe(unsaved);
  await arrive(page, TITLE.home);
});

test('enrolment ends the person\'s sign-ins elsewhere', async ({ page, demo, browser, guard, javaScriptEnabled }) => {
  const other = await browser.newContext({ baseURL: demo.url, javaScriptEnabled });
  await guard.attach(other);
  const elsewhere = await other.newPage();
  await signIn(elsewhere, ANA);
  await arrive(elsewhere, TITLE.required);
  await enrol(page, ANA);
  await elsewhere.goto('/set-up/authenticator');
  await expect(elsewhere.getByRole('link', { name: 'Open in authenticator app' })).toHaveCount(0);
  await other.close();
});

test('database away: the password page stays, says so, and signs nobody in', async ({ page, demo, guard }) => {
  guard.expectAway();
  await page.goto('/sign-in');
  await giveEmail(page, ANA);
  await arrive(page, TITLE.password);
  const giveBack = await demo.holdDatabase();
  const away = page.waitForResponse((response) => response.status() === 503);
  await givePassword(page);
  await away;
  await expect(summary(page)).toContainText('Nothing was lost. Try again in a minute.');
  await arrive(page, TITLE.password);
  await expect(page.getByText(ANA)).toBeVisible();
  expect((await session(page)).status).toBe(401);
  expect((await page.context().cookies()).map(({ name }) => name), 'no half sign-in').toEqual(['muster-demo-entry']);
  await giveBack();
  await givePassword(page);
  await arrive(page, TITLE.required);
});

test('database away: a card that is saved already is ticked later', async ({ page, demo, guard }) => {
  guard.expectAway();
  const tick = page.getByRole('checkbox', { name: TICK });
  await signIn(page, ANA);
  await toAuthenticator(page);
  await linkApp(page);
  await tick.check();
  const giveBack = await demo.holdDatabase();
  const away = page.waitForResponse((response) => response.status() === 503);
  await press(page, 'Continue');
  await away;
  await giveBack();
  await page.goto('/set-up/recovery-code');
  await expect(page.getByText('Card 1 was on this page before.')).toBeVisible();
  await tick.check();
  await press(page, 'Continue');
  await arrive(page, TITLE.home);
});
