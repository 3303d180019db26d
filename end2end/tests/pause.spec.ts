import type { Page } from '@playwright/test';

import {
  TITLE,
  arrive,
  giveCode,
  giveEmail,
  givePassword,
  giveRecoveryCode,
  saveRecoveryCode,
  session,
  signIn,
  signOut,
  summary,
} from '../support/flow';
import { ANA, FLO, PASSWORD } from '../support/person';
import { enrolPhone, otherThan } from '../support/phone';
import { follow, linkedApp, signInWithApp } from '../support/profile';
import { crossed, expect, mailing as test, texting } from '../support/test';
import { beginning, marked, pattern, say, text } from '../support/words';

const GUESSED = '*Was it not you?* Then somebody is guessing your password. Tell your company’s administrator now.';
const NOT_YOU = '*Was it not you?* Then somebody may have your password. Tell your company’s administrator now.';

/** Types this wrong code ten times, in the two sign-ins that take it: the last time pauses the account. */
async function mistype(page: Page, email: string, wrong: () => string | Promise<string>): Promise<void> {
  for (const round of [1, 2]) {
    await signIn(page, email);
    await arrive(page, TITLE.code);
    for (const left of [4, 3, 2, 1]) {
      await giveCode(page, await wrong());
      const key = left === 1 ? 'tries.one' : 'tries.other';
      await expect(page.getByText(text('message', key, { count: left }))).toBeVisible();
    }
    await giveCode(page, await wrong());
    if (round === 1) await arrive(page, TITLE.email);
  }
}

/** On the page that says for how long, and nobody is signed in. */
async function isPaused(page: Page, notYou: string = NOT_YOU): Promise<void> {
  const time = text('frame', 'minutes.other', { count: 15 });
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(text('server/pause', 'title', { time }));
  await expect(page.getByText(pattern('You can try again at *{time}*.'))).toBeVisible();
  await expect(page.getByText(pattern(notYou))).toBeVisible();
  expect((await session(page)).status).toBe(401);
}

crossed('en-US', 'de-DE', () => {
  test('tenth wrong code pauses all browsers but one that is known', async ({ page, demo, another, mail }) => {
    const app = linkedApp(demo);
    const owner = await another();
    await signInWithApp(owner, app);
    await signOut(owner);

    await mistype(page, FLO, () => app.wrong());
    await isPaused(page);
    expect((await mail.mail(say('Somebody knows your password'))).recipients).toEqual([FLO]);
    await follow(page, 'Try again');
    await arrive(page, TITLE.email);

    const right = app.next();
    await signIn(page, FLO);
    await arrive(page, TITLE.code);
    await giveCode(page, right);
    await isPaused(page);
    await follow(page, 'Try again');
    await arrive(page, TITLE.code);
    await page.goto('/sign-in/recovery');
    await giveRecoveryCode(page, demo.printed('Recovery code'));
    await isPaused(page);

    await signIn(owner, FLO);
    await arrive(owner, TITLE.code);
    await giveCode(owner, right);
    await arrive(owner, TITLE.home);
    expect(await session(owner)).toMatchObject({ status: 200, email: FLO });
  });
});

crossed('it-IT', 'en-US', () => {
  test('pause ends by itself', async ({ page, demo }) => {
    const app = linkedApp(demo);
    await mistype(page, FLO, () => app.wrong());
    await isPaused(page);
    await demo.age(15 * 60);
    await signIn(page, FLO);
    await arrive(page, TITLE.code);
    await giveCode(page, app.next());
    await arrive(page, TITLE.home);
  });
});

crossed('de-DE', 'es-ES', () => {
  test('wrong passwords pause too, with the way to a new one', async ({ page }) => {
    await page.goto('/sign-in');
    await giveEmail(page, FLO);
    for (let wrong = 0; wrong < 10; wrong += 1) {
      await arrive(page, TITLE.password);
      await givePassword(page, 'not the one that she has');
      await expect(summary(page)).toBeVisible();
      await expect(page.getByLabel(say('Password'), { exact: true })).toHaveValue('');
    }
    await givePassword(page, PASSWORD);
    await isPaused(page, GUESSED);
    await expect(page.getByText(pattern('Look for your *recovery card*.'))).toBeHidden();
    await page.getByRole('link', { name: marked('Forgot it? *Choose a new password by email.* You can do that now.') }).click();
    await arrive(page, 'Forgot your password?');
  });
});

crossed('es-ES', 'fr-FR', () => {
  texting('codes of texts that do not match pause too, and the recovery code is not spent meanwhile', async ({ page, demo, gateway }) => {
    const recovery = await enrolPhone(page, gateway, ANA);
    await signOut(page);
    await mistype(page, ANA, async () => otherThan(await gateway.code(gateway.count)));
    await isPaused(page);
    await expect(page.getByText(pattern('Codes by text: only the one in the *newest text* works.'))).toBeVisible();
    await expect(page.getByText(pattern('Look for your *recovery card*.'))).toBeVisible();
    const texts = gateway.count;
    await signIn(page, ANA);
    await arrive(page, TITLE.code);
    await expect(summary(page)).toContainText(beginning('There were too many tries that did not match. Try again in {time}.'));
    expect(gateway.count, 'nothing is sent while it lasts').toBe(texts);
    await follow(page, 'Use a Recovery Code');
    await giveRecoveryCode(page, recovery);
    await isPaused(page);

    await demo.age(15 * 60);
    await signIn(page, ANA);
    await arrive(page, TITLE.code);
    await follow(page, 'Use a Recovery Code');
    await giveRecoveryCode(page, recovery);
    expect(await saveRecoveryCode(page)).not.toBe(recovery);
    await arrive(page, TITLE.replace);
    expect(await session(page)).toMatchObject({ status: 200, email: ANA });
  });
});
