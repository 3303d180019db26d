import {
  TITLE, arrive, giveCode, givePassword, recover, saveRecoveryCode, session, signIn, signOut,
} from '../support/flow';
import { told } from '../support/mail';
import { FLO, PASSWORD } from '../support/person';
import { MOBILE, TEXTED_CODE, awaitsCode, chooseTexts, giveNumber } from '../support/phone';
import { follow, linkedApp, openProfile, removal } from '../support/profile';
import { crossed, expect, reaching as test } from '../support/test';
import { say } from '../support/words';

crossed('en-US', 'es-ES', () => {
  test('lost app is replaced by a phone, which alone opens the account from then on', async ({ page, demo, gateway, mail }) => {
    const app = linkedApp(demo);
    await recover(page, FLO, demo.printed('Recovery code'));
    // The password alone: the app is lost.
    await givePassword(page);
    await chooseTexts(page);
    await giveNumber(page, MOBILE);
    await awaitsCode(page);
    await giveCode(page, await gateway.code(1), TEXTED_CODE);
    const recovery = await saveRecoveryCode(page);
    await arrive(page, TITLE.home);
    expect(await session(page)).toMatchObject({ status: 200, email: FLO, second_factor: true });
    const secrets = [recovery, app.key, PASSWORD, MOBILE];
    await told(mail, FLO, 'A phone number was linked to your account', secrets);
    await told(mail, FLO, 'Your authenticator app was removed', secrets);
    await openProfile(page);
    await expect(page.getByRole('link', { name: say('Add Authenticator App') })).toBeVisible();
    await expect(removal(page, 'Phone Number'), 'the only one stays').toBeHidden();
    await page.goto('/');
    await signOut(page);

    await signIn(page, FLO);
    await arrive(page, TITLE.code);
    const texted = await gateway.code(2);
    await giveCode(page, app.next());
    await arrive(page, TITLE.code);
    expect((await session(page)).status, 'the lost app opens nothing').toBe(401);
    await follow(page, 'Try another way');
    await arrive(page, TITLE.choose);
    await expect(page.getByRole('link', { name: say('Authenticator App') })).toHaveCount(0);
    await page.goto('/sign-in/phone');
    await giveCode(page, texted);
    await arrive(page, TITLE.home);
    expect(gateway.count).toBe(2);
  });
});
