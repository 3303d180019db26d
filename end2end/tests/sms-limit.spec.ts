import { TITLE, arrive, giveCode, press, signIn, signOut, summary } from '../support/flow';
import { ANA } from '../support/person';
import { TEXTED_CODE, awaitsCode, enrolPhone, toTextedCode } from '../support/phone';
import { crossed, expect, fewTexts, oneText } from '../support/test';
import { beginning, say } from '../support/words';

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
