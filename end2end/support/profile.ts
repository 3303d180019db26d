import { type Page, expect } from '@playwright/test';

import { Authenticator } from './authenticator';
import type { Demo } from './demo';
import { CODE, TITLE, arrive, giveCode, press, signIn } from './flow';
import { FLO, PASSWORD } from './person';
import { say } from './words';

export const PROFILE = 'My Profile Settings';
export const CHECK = TITLE.confirm;

/** The app of the one person whom the demo enrolled. */
export function linkedApp(demo: Demo): Authenticator {
  return new Authenticator(demo.printed('Setup key').replaceAll(' ', ''));
}

/** Signs in as that person, with the app. */
export async function signInWithApp(page: Page, app: Authenticator): Promise<void> {
  await signIn(page, FLO);
  await arrive(page, TITLE.code);
  await giveCode(page, app.next());
  await arrive(page, TITLE.home);
}

export async function openProfile(page: Page): Promise<void> {
  await page.goto('/profile/security');
  await arrive(page, PROFILE);
}

/** Presses a link of the page, by its English name. */
export async function follow(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: say(name), exact: true }).click();
}

/** The link that takes a method away. */
export function removal(page: Page, method: 'Authenticator App' | 'Phone Number') {
  return page.getByRole('link', { name: new RegExp(`^${say('Remove')} ?: ${say(method)}$`) });
}

/** Password and code on the page that asks for both. */
export async function confirm(page: Page, code: string, button = 'Continue'): Promise<void> {
  await page.getByLabel(say('Password'), { exact: true }).fill(PASSWORD);
  await page.getByLabel(say(CODE), { exact: true }).fill(code);
  await press(page, button);
}

/** The page names this among the security events. */
export async function happened(page: Page, event: string): Promise<void> {
  await expect(page.getByRole('cell', { name: say(event) }).first()).toBeVisible();
}
