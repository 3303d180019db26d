import type { Page } from '@playwright/test';

import type { Guard } from '../support/guard';
import { untilScripted } from '../support/hydration';
import {
  TITLE, arrive, giveCode, giveEmail, givePassword, press, sendAndLose, session, signIn, summary,
} from '../support/flow';
import { ANA, FLO } from '../support/person';
import { MOBILE, NUMBER, awaitsCode, giveNumber, toNumber } from '../support/phone';
import { follow, linkedApp } from '../support/profile';
import { expect, texting as test } from '../support/test';
import { text } from '../support/words';

/** The connection goes while a form is under way, and its page says what to do. */
async function cutOff(page: Page, guard: Guard, send: () => Promise<void>): Promise<void> {
  guard.expectOffline();
  const cut = async () => page.context().setOffline(true);
  await page.route('**/api/**', async (route) => {
    await cut();
    await route.continue();
  }, { times: 1 });
  await send();
  await expect(summary(page)).toContainText(text('message', 'offline'));
  await expect(summary(page)).toBeFocused();
  await page.context().setOffline(false);
}

test('connection that goes while a form is under way takes nothing but the password away @script', async ({ page, guard }) => {
  const email = page.getByLabel('Email', { exact: true });
  const password = page.getByLabel('Password', { exact: true });
  await page.goto('/sign-in');
  await untilScripted(page);
  await cutOff(page, guard, () => giveEmail(page, FLO));
  await arrive(page, TITLE.email);
  await expect(email).toHaveValue(FLO);
  await press(page, 'Continue');
  await arrive(page, TITLE.password);

  await cutOff(page, guard, () => givePassword(page));
  await arrive(page, TITLE.password);
  await expect(page.getByText(FLO)).toBeVisible();
  await expect(password).toHaveValue('');
  expect((await session(page)).status).toBe(401);
  await givePassword(page);
  await arrive(page, TITLE.code);
});

test('number that was typed offline stays, and one text goes out later @script', async ({ page, guard, gateway }) => {
  await toNumber(page, ANA);
  await untilScripted(page);
  await cutOff(page, guard, () => giveNumber(page, MOBILE, 'CA'));
  await expect(page.getByLabel(NUMBER, { exact: true })).toHaveValue(MOBILE);
  await expect(page.getByLabel('Select Your Country Code')).toHaveValue('CA');
  expect(gateway.count).toBe(0);
  await press(page, 'Send Text Message');
  await awaitsCode(page);
  expect(gateway.count).toBe(1);
});

test('page that is opened offline says so, and comes when there is a connection @script', async ({ page, context, guard }) => {
  guard.expectOffline();
  await signIn(page, FLO);
  await arrive(page, TITLE.code);
  await untilScripted(page);
  await context.setOffline(true);
  await follow(page, 'Try another way');
  await arrive(page, 'You are offline');
  await expect(page.getByText(text('problem', 'offline_signal'))).toBeVisible();
  await context.setOffline(false);
  await follow(page, 'Try again');
  await arrive(page, TITLE.choose);
});

test('code whose answer was lost is told from a wrong one, and the next code opens the account', async ({ page, demo }) => {
  const app = linkedApp(demo);
  const code = app.next();
  await signIn(page, FLO);
  await arrive(page, TITLE.code);
  await sendAndLose(page, '/api/sign-in/code', { code });
  await giveCode(page, code);
  await arrive(page, TITLE.email);
  await expect(page.getByText(text('sign_in', 'answered'))).toBeVisible();
  expect((await session(page)).status).toBe(401);
  await signIn(page, FLO);
  await arrive(page, TITLE.code);
  await giveCode(page, app.next());
  await arrive(page, TITLE.home);
});
