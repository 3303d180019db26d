import type { Page } from '@playwright/test';

import { noFault } from '../support/faults';
import { TITLE, arrive, giveCode, press, session, signIn, signOut, summary } from '../support/flow';
import { ANA } from '../support/person';
import { MOBILE, TEXTED_CODE, awaitsCode, enrolPhone, giveNumber, otherThan, toNumber } from '../support/phone';
import { follow } from '../support/profile';
import { crossed, expect, texting as test } from '../support/test';
import { beginning, marked, pattern, text } from '../support/words';

/** The link that looks again. */
function hasItArrived(page: Page) {
  return page.getByRole('link', { name: marked('It can take a minute. *Has it arrived?*') });
}

/** Does what makes the server send a text that it gets no answer about: it answers itself when its patience has ended. */
async function unanswered(page: Page, path: string, act: () => Promise<void>): Promise<void> {
  const answer = page.waitForResponse(`**${path}`);
  await act();
  await answer;
}

/** On a page that waits for a text of which nobody knows where it is. */
async function isUnderWay(page: Page, scripted: boolean): Promise<void> {
  await expect(page.getByText(beginning('Your code is on its way to *number*.'))).toBeVisible();
  await expect(hasItArrived(page)).toBeVisible();
  await expect(summary(page)).toBeHidden();
  if (scripted) await noFault(page, 'text under way');
}

crossed('es-ES', 'en-US', () => {
  test('gateway that never answers an enrolment: nothing is sent twice, and the next text goes on from there', async ({
    page, demo, gateway, javaScriptEnabled,
  }) => {
    await toNumber(page, ANA);
    gateway.behave('nothing');
    await unanswered(page, '/api/set-up/phone', () => giveNumber(page, MOBILE));
    await awaitsCode(page);
    await isUnderWay(page, javaScriptEnabled ?? true);
    await follow(page, 'Choose a different way');
    await arrive(page, TITLE.method);
    await page.goto('/set-up/phone/code');
    await isUnderWay(page, false);
    await press(page, 'Resend New Code');
    await expect(summary(page)).toContainText(beginning('One text at a time. You can ask for another one in {time}.'));
    expect(gateway.count, 'neither the server nor the person has sent another one').toBe(1);

    gateway.behave('accepted');
    await demo.age(31);
    await press(page, 'Resend New Code');
    await expect(page.getByText(beginning('We sent a text to *number* at {sent}.'))).toBeVisible();
    await giveCode(page, await gateway.code(2), TEXTED_CODE);
    await arrive(page, TITLE.recoveryCode);
    expect(await demo.rows(ANA, 'factor', 'method, state')).toEqual(['phone active']);
    expect(await demo.rows(ANA, 'sms_message', 'state')).toEqual(['sent', 'unknown']);
  });
});

crossed('en-US', 'fr-FR', () => {
  test('gateway that never answers a sign-in: the recovery code is one tap away, and a text that comes late still counts', async ({
    page, demo, gateway, javaScriptEnabled,
  }) => {
    await enrolPhone(page, gateway, ANA);
    await signOut(page);
    gateway.behave('nothing');
    await unanswered(page, '/api/sign-in/password', () => signIn(page, ANA));
    await arrive(page, TITLE.code);
    await isUnderWay(page, javaScriptEnabled ?? true);
    await follow(page, 'Use a Recovery Code');
    await arrive(page, TITLE.recovery);
    await page.goBack();
    await arrive(page, TITLE.code);
    expect(await gateway.report(demo.url, 2, 'delivered')).toBe(204);
    await hasItArrived(page).click();
    await expect(page.getByText(pattern('We sent a text to *number* at {sent}, delivered at {delivered}.'))).toBeVisible();

    const code = await gateway.code(2);
    await giveCode(page, otherThan(code));
    await expect(summary(page)).toContainText(text('message', 'sms_code_wrong'));
    expect((await session(page)).status).toBe(401);
    await giveCode(page, code);
    await arrive(page, TITLE.home);
    expect(await session(page)).toMatchObject({ email: ANA, second_factor: true });
    expect(gateway.count).toBe(2);
    expect(await demo.rows(ANA, 'sms_message', 'state')).toEqual(['delivered', 'sent']);
  });
});
