import { TITLE, arrive, giveCode, giveEmail, givePassword, press, session, signIn, signOut, summary } from '../support/flow';
import { ANA, FLO } from '../support/person';
import { TEXTED_CODE, awaitsCode, enrolPhone, toTextedCode } from '../support/phone';
import { linkedApp } from '../support/profile';
import { crossed, expect, fewTexts, oneText, shortCodes, test } from '../support/test';
import { beginning, say, text } from '../support/words';

crossed('en-US', 'it-IT', () => {
  fewTexts('limit of texts is told, and the newest code still works', async ({ page, gateway }) => {
    await toTextedCode(page, gateway, ANA);
    await expect(async () => {
      await press(page, 'Resend New Code');
      await awaitsCode(page);
      expect(gateway.count).toBe(2);
    }).toPass();
    const told = beginning(
      'We have sent as many texts as we may for now. Try another way, or use the newest code if you have one. Texts work again in {time} at the latest.',
    );
    await expect(async () => {
      await press(page, 'Resend New Code');
      await expect(summary(page)).toContainText(told);
    }).toPass();
    expect(gateway.count).toBe(2);
    await giveCode(page, await gateway.code(2), TEXTED_CODE);
    await arrive(page, TITLE.recoveryCode);
  });
});

crossed('fr-FR', 'en-US', () => {
  oneText('first text that the limit of the day stops is told, and the recovery code is one tap away', async ({ page, gateway }) => {
    const recovery = await enrolPhone(page, gateway, ANA);
    await signOut(page);
    await signIn(page, ANA);
    await arrive(page, TITLE.code);
    const told = beginning(
      'We have sent as many texts as we may for now. Try another way, or use the newest code if you have one. Texts work again in {time} at the latest.',
    );
    await expect(summary(page)).toContainText(told);
    await expect(page.getByText(beginning('There is no code under way to *number*.'))).toBeVisible();
    expect(gateway.count, 'nothing more was sent').toBe(1);
    await page.getByRole('link', { name: say('Use a Recovery Code') }).click();
    await page.getByLabel(say('Recovery code')).fill(recovery);
    await press(page, 'Continue');
    await arrive(page, TITLE.recoveryCode);
  });
});

crossed('de-DE', 'es-ES', () => {
  shortCodes('code of a text that has run out is told, and the next one opens the account', async ({ page, demo, gateway }) => {
    await enrolPhone(page, gateway, ANA);
    await signOut(page);
    await signIn(page, ANA);
    await arrive(page, TITLE.code);
    const code = await gateway.code(2);
    await demo.age(61);
    await giveCode(page, code);
    await expect(summary(page)).toContainText(text('message', 'sms_code_expired'));
    expect((await session(page)).status).toBe(401);
    await press(page, 'Resend New Code');
    await arrive(page, TITLE.code);
    await expect(summary(page)).toBeHidden();
    await giveCode(page, await gateway.code(3));
    await arrive(page, TITLE.home);
  });
});

crossed('es-ES', 'it-IT', () => {
  shortCodes('code of a text that has run out during the enrolment is told', async ({ page, demo, gateway }) => {
    const code = await toTextedCode(page, gateway, ANA);
    await demo.age(61);
    await giveCode(page, code, TEXTED_CODE);
    await expect(summary(page)).toContainText(text('message', 'sms_code_expired'));
    await press(page, 'Resend New Code');
    await awaitsCode(page);
    await giveCode(page, await gateway.code(2), TEXTED_CODE);
    await arrive(page, TITLE.recoveryCode);
  });
});

crossed('en-US', 'fr-FR', () => {
  test('code of an app comes after the end of its sign-in, which begins anew', async ({ page, demo }) => {
    const app = linkedApp(demo);
    await signIn(page, FLO);
    await arrive(page, TITLE.code);
    await demo.age(601);
    await giveCode(page, app.next());
    await arrive(page, TITLE.email);
    await expect(page.getByText(text('sign_in', 'expired'))).toBeVisible();
    expect((await session(page)).status).toBe(401);
    await giveEmail(page, FLO);
    await arrive(page, TITLE.password);
    await givePassword(page);
    await arrive(page, TITLE.code);
    await giveCode(page, app.next());
    await arrive(page, TITLE.home);
  });
});
