import type { Page } from '@playwright/test';

import { Authenticator } from '../support/authenticator';
import {
  TITLE, arrive, chooseApp, enrol, giveCode, givePassword, linkApp, press, saveRecoveryCode, session, signIn, signOut,
  summary, toAuthenticator,
} from '../support/flow';
import { ANA, FLO } from '../support/person';
import { expect, test } from '../support/test';

async function giveRecoveryCode(page: Page, code: string): Promise<void> {
  await arrive(page, TITLE.recovery);
  await page.getByLabel('Recovery code').fill(code);
  await press(page, 'Continue');
}

type Outbox = { messages: { recipient: string; subject: string; body: string }[] };

test('recovery code opens the account once, and a new one takes its place', async ({ page }) => {
  const { recovery } = await enrol(page, ANA);
  await signOut(page);
  await signIn(page, ANA);
  await page.getByRole('link', { name: 'Use a Recovery Code' }).click();
  await giveRecoveryCode(page, recovery.toLowerCase().replaceAll('-', '  '));
  const fresh = await saveRecoveryCode(page);
  expect(fresh).not.toBe(recovery);
  await arrive(page, TITLE.replace);
  expect(await session(page)).toMatchObject({ status: 200, email: ANA });
  await page.getByRole('link', { name: 'I still have my app' }).click();
  await arrive(page, TITLE.home);

  const outbox = (await (await page.request.get('/demo/outbox.json')).json()) as Outbox;
  const told = outbox.messages.filter(({ recipient }) => recipient === ANA);
  expect(told.map(({ subject }) => subject)).toEqual([
    'Your recovery code was used',
    'An authenticator app was linked to your account',
  ]);
  expect(JSON.stringify(outbox), 'no mail carries a code').not.toMatch(new RegExp(recovery.slice(0, 9)));
  await page.goto('/demo/outbox');
  await expect(page.getByRole('heading', { name: 'Your recovery code was used' })).toBeVisible();

  await page.goto('/');
  await signOut(page);
  await signIn(page, ANA);
  await page.getByRole('link', { name: 'Use a Recovery Code' }).click();
  await giveRecoveryCode(page, recovery);
  await expect(summary(page)).toContainText('That recovery code does not work.');
  await giveRecoveryCode(page, fresh);
  await arrive(page, TITLE.recoveryCode);
});

test('lost phone is replaced after the recovery code', async ({ page, demo }) => {
  await signIn(page, FLO);
  await page.getByRole('link', { name: 'Use a Recovery Code' }).click();
  await giveRecoveryCode(page, demo.printed('Recovery code'));
  await saveRecoveryCode(page);
  await arrive(page, TITLE.replace);
  await givePassword(page);
  await chooseApp(page);
  const app = await linkApp(page);
  expect(app.key).not.toBe(demo.printed('Setup key').replaceAll(' ', ''));
  await saveRecoveryCode(page);
  await arrive(page, TITLE.home);
  await signOut(page);

  await signIn(page, FLO);
  const old = new Authenticator(demo.printed('Setup key').replaceAll(' ', ''));
  await giveCode(page, old.next());
  await expect(summary(page)).toBeVisible();
  await giveCode(page, app.next());
  await arrive(page, TITLE.home);
});

/** Sends a form with this browser's cookies, and gives the answer to nobody. */
async function sendAndLose(page: Page, path: string, form: Record<string, string>): Promise<void> {
  const cookies = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`);
  const { origin } = new URL(page.url());
  const headers = { accept: 'application/json', cookie: cookies.join('; '), origin };
  const answer = await fetch(origin + path, { method: 'POST', headers, body: new URLSearchParams(form) });
  expect(answer.ok).toBe(true);
}

test('recovery code whose answer was lost is taken once more', async ({ page, demo }) => {
  const code = demo.printed('Recovery code');
  await signIn(page, FLO);
  await page.getByRole('link', { name: 'Use a Recovery Code' }).click();
  await arrive(page, TITLE.recovery);
  await sendAndLose(page, '/api/sign-in/recovery', { recovery_code: code });

  await giveRecoveryCode(page, code);
  await arrive(page, TITLE.email);
  await expect(page.getByText('type the same recovery code once more')).toBeVisible();

  await signIn(page, FLO);
  await page.getByRole('link', { name: 'Use a Recovery Code' }).click();
  await giveRecoveryCode(page, code);
  expect(await saveRecoveryCode(page)).not.toBe(code);
  await arrive(page, TITLE.replace);
});

test('mistyped recovery code costs no attempt', async ({ page, demo }) => {
  const right = demo.printed('Recovery code');
  const mistyped = (right.startsWith('7') ? '8' : '7') + right.slice(1);
  await signIn(page, FLO);
  await page.getByRole('link', { name: 'Use a Recovery Code' }).click();
  for (let time = 0; time < 7; time += 1) {
    await giveRecoveryCode(page, mistyped);
    await expect(summary(page)).toContainText('One letter seems mistyped.');
    await page.goto('/sign-in/recovery');
  }
  await giveRecoveryCode(page, right);
  await arrive(page, TITLE.recoveryCode);
});

test('no change of language takes the code away that is shown once', async ({ page }) => {
  const picker = page.getByLabel('Language', { exact: true });
  await signIn(page, ANA);
  await toAuthenticator(page);
  await expect(picker).toBeVisible();
  await linkApp(page);
  await expect(picker).toBeHidden();
  await expect(page.getByRole('button', { name: 'Change', exact: true })).toBeHidden();
  await page.goto('/set-up/recovery-code');
  await expect(picker).toBeHidden();
  await press(page, 'Make a New Code');
  await arrive(page, TITLE.recoveryCode);
  await expect(picker).toBeHidden();
  await saveRecoveryCode(page);
  await arrive(page, TITLE.home);
  await expect(picker).toBeVisible();
});
