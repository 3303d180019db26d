import { readFile } from 'node:fs/promises';

import { Authenticator } from '../support/authenticator';
import {
  SETUP_CODE, TICK, TITLE, arrive, enrol, giveCode, linkApp, openInApp, otpauthUri, press, recoveryCode,
  saveRecoveryCode, session, signIn, signOut, summary, toAuthenticator,
} from '../support/flow';
import { ANA } from '../support/person';
import { byJsQr, byZbar, readQrCode } from '../support/qr';
import { expect, test } from '../support/test';

test('first sign-in enrols, later ones ask for a code', async ({ page }) => {
  await signIn(page, ANA);
  await arrive(page, TITLE.required);
  await expect(page.getByText('Asked for by Harbor & Sons')).toBeVisible();
  expect((await session(page)).status, 'nobody is signed in before the second step').toBe(401);
  await toAuthenticator(page);
  const app = await linkApp(page);
  await saveRecoveryCode(page);
  await arrive(page, TITLE.home);
  expect(await session(page)).toMatchObject({ status: 200, email: ANA, second_factor: true });

  await signOut(page);
  expect((await session(page)).status).toBe(401);
  await signIn(page, ANA);
  await arrive(page, TITLE.code);
  expect((await session(page)).status).toBe(401);
  await giveCode(page, app.next());
  await arrive(page, TITLE.home);
  expect(await session(page)).toMatchObject({ status: 200, email: ANA });
});

test('QR code on the screen says what link and key say', async ({ page, javaScriptEnabled }) => {
  await signIn(page, ANA);
  await toAuthenticator(page);
  const picture = page.getByRole('img', { name: /^QR code/ });
  const scanned = await readQrCode(picture, javaScriptEnabled ? byJsQr : byZbar);
  const uri = new URL(scanned);
  expect(uri.protocol + uri.host).toBe('otpauth:totp');
  expect(decodeURIComponent(uri.pathname)).toContain(ANA);
  const { secret, ...rest } = Object.fromEntries(uri.searchParams);
  expect(rest).toEqual({ issuer: 'Muster', algorithm: 'SHA1', digits: '6', period: '30' });
  expect(await otpauthUri(page)).toBe(scanned);

  const key = page.locator('#key');
  await expect(key).toBeHidden();
  await page.getByText('Trouble Scanning?').click();
  await expect(key).toBeVisible();
  const groups = (await key.innerText()).trim().split(/\s+/);
  expect(groups).toHaveLength(8);
  expect(groups.every((group) => group.length === 4)).toBe(true);
  expect(groups.join('')).toBe(secret);

  await giveCode(page, Authenticator.fromUri(scanned).next(), SETUP_CODE);
  await arrive(page, TITLE.recoveryCode);
});

test('QR-05 enrolment pages load nothing that is not ours', async ({ page, demo }) => {
  const asked: URL[] = [];
  page.context().on('request', (request) => asked.push(new URL(request.url())));
  await signIn(page, ANA);
  await toAuthenticator(page);
  await page.getByText('Trouble Scanning?').click();
  const again = await page.reload();
  expect(again!.headers()['content-security-policy'], 'no other origin is allowed').not.toMatch(/https?:|\*/);
  await linkApp(page);
  await saveRecoveryCode(page);
  await arrive(page, TITLE.home);

  const { origin } = new URL(demo.url);
  expect(asked.some(({ pathname }) => pathname === '/set-up/authenticator'), 'requests are seen').toBe(true);
  expect(asked.filter((url) => url.origin !== origin && !['data:', 'blob:'].includes(url.protocol))).toEqual([]);
  expect(asked.filter(({ pathname }) => pathname === '/csp-report')).toEqual([]);
});

test('wrong code, reload and going back keep the same secret', async ({ page, javaScriptEnabled }) => {
  await signIn(page, ANA);
  await toAuthenticator(page);
  const uri = await otpauthUri(page);
  const app = Authenticator.fromUri(uri);

  await giveCode(page, app.wrong(), SETUP_CODE);
  await expect(summary(page)).toContainText('That code did not work.');
  await expect(page).toHaveTitle(/^Error: /);
  await expect(page.getByText('Not the right code.', { exact: false })).toBeVisible();
  if (javaScriptEnabled) await expect(summary(page)).toBeFocused();
  await arrive(page, TITLE.authenticator);
  expect(await otpauthUri(page)).toBe(uri);
  await expect(page.getByLabel(SETUP_CODE)).toHaveValue('');
  await expect(page.getByLabel(SETUP_CODE)).toHaveAttribute('aria-invalid', 'true');

  await page.goto('/set-up/authenticator');
  await expect(summary(page)).toBeHidden();
  expect(await otpauthUri(page)).toBe(uri);
  await page.reload();
  expect(await otpauthUri(page)).toBe(uri);
  await page.goto('/set-up/method');
  await press(page, 'Continue');
  await arrive(page, TITLE.authenticator);
  expect(await otpauthUri(page)).toBe(uri);
  await giveCode(page, app.next().replace(/^.../, '$& '), SETUP_CODE);
  await arrive(page, TITLE.recoveryCode);
});

test('confirmed secret is never shown again', async ({ page }) => {
  await signIn(page, ANA);
  await toAuthenticator(page);
  const app = await linkApp(page);
  await page.goto('/set-up/authenticator');
  await expect(openInApp(page)).toBeHidden();
  expect(await page.content()).not.toContain(app.key);
  await page.goBack();
  expect(await page.content()).not.toContain(app.key);
});

test('recovery code must be saved before the sign-in goes on', async ({ page }) => {
  await signIn(page, ANA);
  await toAuthenticator(page);
  await linkApp(page);
  const code = await recoveryCode(page);
  expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/);
  await press(page, 'Continue');
  await arrive(page, TITLE.recoveryCode);
  await page.goto('/');
  await arrive(page, TITLE.recoveryCode);
  await press(page, 'Make a New Code');
  // The page before has the same box.
  await page.locator('#recovery').waitFor();
  await page.getByRole('checkbox', { name: TICK }).check();
  await press(page, 'Continue');
  await arrive(page, TITLE.home);
});

test('recovery code downloads as plain text', async ({ page }) => {
  await signIn(page, ANA);
  await toAuthenticator(page);
  await linkApp(page);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('muster-recovery-code.txt');
  const text = await readFile(await download.path(), 'utf8');
  expect(text).toContain(await recoveryCode(page));
  expect(text).toContain('Card 1, made on ');
  expect(text, 'a finder must not learn whose it is').not.toContain('harbor');
});

test('recovery code shown once is gone after a reload, and a new one can be made', async ({ page }) => {
  await signIn(page, ANA);
  await toAuthenticator(page);
  await linkApp(page);
  const first = await recoveryCode(page);
  await page.reload();
  await expect(page.getByText('We show each code only once')).toBeVisible();
  expect(await page.content()).not.toContain(first.slice(0, 4));
  await press(page, 'Make a New Code');
  const second = await saveRecoveryCode(page);
  expect(second).not.toBe(first);
  await arrive(page, TITLE.home);
});

test('copies the recovery code and the setup key @script', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, ANA);
  await toAuthenticator(page);
  const app = Authenticator.fromUri(await otpauthUri(page));
  await page.getByText('Trouble Scanning?').click();
  await press(page, 'Copy Key');
  await expect(page.getByText('Copied.', { exact: true })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(app.key);

  await linkApp(page);
  await press(page, 'Copy');
  await expect(page.getByText('Copied. Now put it somewhere safe.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await recoveryCode(page));
});

test('whoever is enrolled is not offered to enrol again', async ({ page }) => {
  await enrol(page, ANA);
  await page.goto('/set-up');
  await arrive(page, TITLE.home);
  await page.goto('/sign-in');
  await arrive(page, TITLE.home);
});
