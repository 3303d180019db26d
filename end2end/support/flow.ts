import { type Page, expect } from '@playwright/test';

import { Authenticator } from './authenticator';
import { PASSWORD } from './person';
import { say } from './words';

/** The labels of the pages, as people read them. */
export const TITLE = {
  email: 'Sign in',
  password: 'Enter your password',
  required: 'Two-Factor Authentication Required',
  method: 'Select an Authentication Method',
  authenticator: 'Secure your Account',
  recoveryCode: 'Save Your Recovery Code',
  home: 'You are signed in',
  code: 'Enter Your 6-digit Verification Code',
  choose: 'How Do You Want to Verify Your Identity',
  recovery: 'Enter Your Recovery Code',
  confirm: 'Check it is you',
  replace: 'Link your new phone',
} as const;

export const SETUP_CODE = 'Enter the 6-digit code';
export const CODE = '6-digit code';
export const TICK = 'I Have Securely Saved This Code';

/** Waits for a page by its one heading of the first level. */
export async function arrive(page: Page, title: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(say(title));
}

export async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: say(name), exact: true }).click();
}

export async function giveEmail(page: Page, email: string): Promise<void> {
  await arrive(page, TITLE.email);
  await page.getByLabel(say('Email'), { exact: true }).fill(email);
  await press(page, 'Continue');
}

export async function givePassword(page: Page, password: string = PASSWORD, button = 'Continue'): Promise<void> {
  await page.getByLabel(say('Password'), { exact: true }).fill(password);
  await press(page, button);
}

/** From the first page through the password. */
export async function signIn(page: Page, email: string): Promise<void> {
  await page.goto('/sign-in');
  await giveEmail(page, email);
  await arrive(page, TITLE.password);
  await givePassword(page);
}

export async function giveCode(page: Page, code: string, label: string = CODE): Promise<void> {
  await page.getByLabel(say(label), { exact: true }).fill(code);
  await press(page, 'Continue');
}

export function openInApp(page: Page) {
  return page.getByRole('link', { name: say('Open in authenticator app') });
}

/** The address in the link for people whose phone is this device. */
export async function otpauthUri(page: Page): Promise<string> {
  return (await openInApp(page).getAttribute('href')) ?? '';
}

/** From `Two-Factor Authentication Required` to the page with the QR code. */
export async function toAuthenticator(page: Page): Promise<void> {
  await arrive(page, TITLE.required);
  await press(page, 'Set Up Now');
  await chooseApp(page);
}

export async function chooseApp(page: Page): Promise<void> {
  await arrive(page, TITLE.method);
  await page.getByRole('radio', { name: new RegExp(`^${say('Authenticator App')}`) }).check();
  await press(page, 'Continue');
  await arrive(page, TITLE.authenticator);
}

/** Links an app on the page with the QR code. */
export async function linkApp(page: Page): Promise<Authenticator> {
  const app = Authenticator.fromUri(await otpauthUri(page));
  await giveCode(page, app.next(), SETUP_CODE);
  await arrive(page, TITLE.recoveryCode);
  return app;
}

/** The recovery code on the page, as groups with hyphens. */
export async function recoveryCode(page: Page): Promise<string> {
  const text = await page.locator('#recovery').innerText();
  return text.trim().split(/\s+/).join('-');
}

/** Ticks the box and goes on; gives the code that was shown. */
export async function saveRecoveryCode(page: Page): Promise<string> {
  await arrive(page, TITLE.recoveryCode);
  const code = await recoveryCode(page);
  await saySaved(page);
  return code;
}

/** Ticks the box below a recovery code and goes on. */
export async function saySaved(page: Page): Promise<void> {
  await page.getByRole('checkbox', { name: say(TICK) }).check();
  await press(page, 'Continue');
}

/** Signs in with a recovery code in place of the second step, and saves the new one. */
export async function recover(page: Page, email: string, code: string): Promise<void> {
  await signIn(page, email);
  await page.getByRole('link', { name: say('Use a Recovery Code'), exact: true }).click();
  await giveRecoveryCode(page, code);
  await saveRecoveryCode(page);
  await arrive(page, TITLE.replace);
}

/** A recovery code, on its page. */
export async function giveRecoveryCode(page: Page, code: string): Promise<void> {
  await arrive(page, TITLE.recovery);
  await page.getByLabel(say('Recovery code')).fill(code);
  await press(page, 'Continue');
}

/** A whole first sign-in. */
export async function enrol(page: Page, email: string): Promise<{ app: Authenticator; recovery: string }> {
  await signIn(page, email);
  await toAuthenticator(page);
  const app = await linkApp(page);
  const recovery = await saveRecoveryCode(page);
  await arrive(page, TITLE.home);
  return { app, recovery };
}

export async function signOut(page: Page): Promise<void> {
  await press(page, 'Sign out');
  await arrive(page, TITLE.email);
  await expect(page.getByText(say('You are signed out.'))).toBeVisible();
}

/** Who is signed in, as programs are told. */
export async function session(page: Page): Promise<{ status: number; email?: string; second_factor?: boolean }> {
  const response = await page.request.get('/api/session');
  return response.ok() ? { status: 200, ...(await response.json()) } : { status: response.status() };
}

/** Sends a form with this browser's cookies, and gives the answer to nobody. */
export async function sendAndLose(page: Page, path: string, form: Record<string, string>): Promise<void> {
  const cookies = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`);
  const { origin } = new URL(page.url());
  const headers = { accept: 'application/json', cookie: cookies.join('; '), origin };
  const answer = await fetch(origin + path, { method: 'POST', headers, body: new URLSearchParams(form) });
  expect(answer.ok).toBe(true);
}

/** The red box with what went wrong. */
export function summary(page: Page) {
  return page.getByRole('alert');
}
