import type { Page } from '@playwright/test';

import { Authenticator } from '../support/authenticator';
import { SETUP_CODE, TITLE, arrive, giveCode, otpauthUri, session, signIn, summary, toAuthenticator } from '../support/flow';
import { ANA, FLO } from '../support/person';
import { linkedApp } from '../support/profile';
import { crossed, expect, test } from '../support/test';
import { text } from '../support/words';

type Way = 'ahead' | 'behind';

/** The page tells by how much the phone's clock is off and which way, and how to set it. */
async function tells(page: Page, way: Way, minutes: number): Promise<void> {
  const time = text('frame', 'minutes.other', { count: minutes });
  await expect(summary(page)).toContainText(text('message', `clock_${way}`, { time }));
  await expect(page.locator('#code-error')).toContainText(text('message', `clock_${way}_at`, { time }));
  await expect(page.getByText(text('help', 'clock_why'))).toBeVisible();
}

crossed('en-US', 'de-DE', () => {
  test('phone whose clock is off is told by how much, and links with a code of the right time', async ({ page }) => {
    await signIn(page, ANA);
    await toAuthenticator(page);
    const app = Authenticator.fromUri(await otpauthUri(page));
    for (const off of [7, -12, 60, -60]) {
      const { code, minutes } = app.off(off);
      await giveCode(page, code, SETUP_CODE);
      await tells(page, off < 0 ? 'behind' : 'ahead', minutes);
      await expect(page.getByLabel(text('set_up', 'link_code'))).toHaveValue('');
      await arrive(page, TITLE.authenticator);
    }
    await giveCode(page, app.next(), SETUP_CODE);
    await arrive(page, TITLE.recoveryCode);
  });

  test('clock that is off by more than an hour is a wrong code like any other', async ({ page }) => {
    await signIn(page, ANA);
    await toAuthenticator(page);
    const app = Authenticator.fromUri(await otpauthUri(page));
    for (const minutes of [62, -62]) {
      await page.goto('/set-up/authenticator');
      await expect(summary(page)).toBeHidden();
      await giveCode(page, app.off(minutes).code, SETUP_CODE);
      await expect(summary(page)).toContainText(text('message', 'code_wrong'));
    }
  });
});

crossed('fr-FR', 'en-US', () => {
  test('clock that is off at a sign-in costs a try, and the code of the right time opens the account', async ({ page, demo }) => {
    const app = linkedApp(demo);
    await signIn(page, FLO);
    await arrive(page, TITLE.code);
    for (const [way, off, left] of [['behind', -5, 4], ['ahead', 5, 3]] as const) {
      const { code, minutes } = app.off(off);
      await giveCode(page, code);
      await tells(page, way, minutes);
      await expect(page.getByText(text('message', 'tries.other', { count: left }))).toBeVisible();
      expect((await session(page)).status).toBe(401);
    }
    await giveCode(page, app.next());
    await arrive(page, TITLE.home);
  });
});
