import { type Page, expect } from '@playwright/test';

import { TITLE, arrive, giveCode, givePassword, press, recover, saveRecoveryCode, signIn } from './flow';
import type { Gateway } from './gateway';
import { say } from './words';

export const PHONE_TITLE = 'Set Up SMS Verification';
export const NUMBER = 'Enter Your Phone Number';
export const TEXTED_CODE = 'Enter the 6-Digit Verification Code';

/** A US number like those of films. */
export const MOBILE = '(201) 555-0123';
/** Another one. */
export const OTHER = '(201) 555-0188';

/** From the choice of a method to the page for the number. */
export async function chooseTexts(page: Page): Promise<void> {
  await arrive(page, TITLE.method);
  await page.getByRole('radio', { name: new RegExp(`^${say('SMS Verification')}`) }).check();
  await press(page, 'Continue');
  await arrive(page, PHONE_TITLE);
}

/** From the first page to the one for the number. */
export async function toNumber(page: Page, email: string): Promise<void> {
  await signIn(page, email);
  await arrive(page, TITLE.required);
  await press(page, 'Set Up Now');
  await chooseTexts(page);
}

/** Types a number and sends it. */
export async function giveNumber(page: Page, number: string, country?: string): Promise<void> {
  if (country !== undefined) await page.getByLabel(say('Select Your Country Code')).selectOption(country);
  await page.getByLabel(say(NUMBER), { exact: true }).fill(number);
  await press(page, 'Send Text Message');
}

/** On the page for the code of an enrolment. */
export async function awaitsCode(page: Page): Promise<void> {
  await expect(page.getByLabel(say(TEXTED_CODE), { exact: true })).toBeVisible();
}

/** From the first page to the one for the code of an enrolment; gives the code that came. */
export async function toTextedCode(page: Page, gateway: Gateway, email: string): Promise<string> {
  await toNumber(page, email);
  await giveNumber(page, MOBILE);
  await awaitsCode(page);
  return gateway.code(gateway.count);
}

/** Links a phone on the page for the number, and goes on to the end; gives the recovery code. */
export async function linkPhone(page: Page, gateway: Gateway): Promise<string> {
  await giveNumber(page, MOBILE);
  await awaitsCode(page);
  await giveCode(page, await gateway.code(gateway.count), TEXTED_CODE);
  const recovery = await saveRecoveryCode(page);
  await arrive(page, TITLE.home);
  return recovery;
}

/** A whole first sign-in with text messages; gives the recovery code. */
export async function enrolPhone(page: Page, gateway: Gateway, email: string): Promise<string> {
  await toNumber(page, email);
  return linkPhone(page, gateway);
}

/** Signs somebody in by their recovery code, and links a phone: beside their app, and not in its place, as the page there offers. */
export async function addPhoneBeside(page: Page, gateway: Gateway, email: string, recovery: string): Promise<void> {
  await recover(page, email, recovery);
  await page.goto('/profile/security/phone');
  await givePassword(page);
  await linkPhone(page, gateway);
}

/** Asks for a text on the page that offers every way. */
export async function useTexts(page: Page): Promise<void> {
  await arrive(page, TITLE.choose);
  await page.getByRole('button', { name: new RegExp(`^${say('Use a Phone Number')}`) }).click();
  await arrive(page, TITLE.code);
}

/** A code that is not this one. */
export function otherThan(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0');
}
