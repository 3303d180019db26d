import type { Page } from '@playwright/test';

import type { Authenticator } from '../support/authenticator';
import { TITLE, arrive, giveCode, giveRecoveryCode, session, signIn, signOut } from '../support/flow';
import { FLO } from '../support/person';
import { follow, linkedApp, signInWithApp } from '../support/profile';
import { crossed, expect, mailing as test } from '../support/test';
import { marked, pattern, say, text } from '../support/words';

const NOT_YOU = '*Was it not you?* Then somebody may have your password. Tell your company’s administrator now.';

/** Types ten wrong codes, in the two sign-ins that take them: the last one pauses the account. */
async function mistype(page: Page, app: Authenticator): Promise<void> {
  for (const round of [1, 2]) {
    await signIn(page, FLO);
    await arrive(page, TITLE.code);
    for (const left of [4, 3, 2, 1]) {
      await giveCode(page, app.wrong());
      const key = left === 1 ? 'tries.one' : 'tries.other';
      await expect(page.getByText(text('message', key, { count: left }))).toBeVisible();
    }
    await giveCode(page, app.wrong());
    if (round === 1) await arrive(page, TITLE.email);
  }
}

/** On the page that says for how long, and nobody is signed in. */
async function isPaused(page: Page): Promise<void> {
  const time = text('frame', 'minutes.other', { count: 15 });
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(text('server/pause', 'title', { time }));
  await expect(page.getByText(pattern('You can try again at *{time}*.'))).toBeVisible();
  await expect(page.getByText(marked(NOT_YOU), { exact: true })).toBeVisible();
  expect((await session(page)).status).toBe(401);
}

crossed('en-US', 'de-DE', () => {
  test('tenth wrong code pauses all browsers but one that is known', async ({ page, demo, another, mail }) => {
    const app = linkedApp(demo);
    const owner = await another();
    await signInWithApp(owner, app);
    await signOut(owner);

    await mistype(page, app);
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
    await mistype(page, app);
    await isPaused(page);
    await demo.age(15 * 60);
    await signIn(page, FLO);
    await arrive(page, TITLE.code);
    await giveCode(page, app.next());
    await arrive(page, TITLE.home);
  });
});
