import {
  CODE, TITLE, arrive, chooseApp, giveCode, press, saveRecoveryCode, session, signIn, signOut, summary,
} from '../support/flow';
import { ANA, DI, FLO } from '../support/person';
import {
  MOBILE, NUMBER, OTHER, PHONE_TITLE, TEXTED_CODE, addPhoneBeside, awaitsCode, enrolPhone, giveNumber, otherThan, toNumber,
  toTextedCode, useTexts,
} from '../support/phone';
import { linkedApp } from '../support/profile';
import { crossed, expect, inEnglishAnd, texting as test, textingAnew as quick } from '../support/test';
import { beginning, marked, pattern, say, text } from '../support/words';

for (const locale of ['en-US', 'fr-CA']) {
  test.describe(`a browser that asks for ${locale}`, () => {
    test.use({ locale });

    test('phone is enrolled and signs in with codes from its texts', async ({ page, gateway }) => {
      await toNumber(page, ANA);
      await giveNumber(page, MOBILE);
      await awaitsCode(page);
      const { to, text } = await gateway.text(1);
      expect(to).toBe('+12015550123');
      expect(text).toMatch(pattern('{code} is your {site} code. It works for {minutes} minutes. Never share it with anyone.'));
      const code = await gateway.code(1);
      await expect(page.getByText(beginning('We sent a text to *number* at {sent}.'))).toBeVisible();
      await expect(page.locator('body')).not.toContainText('0123');
      await expect(page.locator('body')).toContainText('+1 ••• ••• ••23');

      await giveCode(page, otherThan(code), TEXTED_CODE);
      await expect(summary(page)).toContainText(
        say('That code does not match the one we sent. Check the newest text and try again.'),
      );
      await giveCode(page, code, TEXTED_CODE);
      await saveRecoveryCode(page);
      await arrive(page, TITLE.home);
      expect(await session(page)).toMatchObject({ email: ANA, second_factor: true });
      await signOut(page);

      await signIn(page, ANA);
      await arrive(page, TITLE.code);
      const next = await gateway.code(2);
      await giveCode(page, otherThan(next));
      await expect(summary(page)).toBeVisible();
      await giveCode(page, next);
      await arrive(page, TITLE.home);
      expect(gateway.count).toBe(2);
    });

    test('refused number stays on the page with its reason', async ({ page, gateway }) => {
      await toNumber(page, ANA);
      for (const [country, number, reason] of [
        ['GB', '020 7946 0018', 'That number cannot get texts. Type a mobile number, not a fixed line.'],
        ['US', '1-900-234-5678', 'That number costs extra, so we do not send texts to it. Type a mobile number.'],
        ['US', '+32 470 12 34 56', 'We cannot send texts to that country. Use an authenticator app instead. It works everywhere.'],
        ['FR', '12', 'That does not look like a mobile number. Check the country and type the number again.'],
      ] as const) {
        await giveNumber(page, number, country);
        await expect(summary(page)).toContainText(say(reason));
        await expect(page.getByLabel(say(NUMBER), { exact: true })).toHaveValue(number);
        await expect(page.getByLabel(say('Select Your Country Code'))).toHaveValue(country);
      }
      expect(gateway.count).toBe(0);
      await giveNumber(page, '06 12 34 56 78', 'FR');
      await awaitsCode(page);
      expect((await gateway.text(1)).to).toBe('+33612345678');
    });
  });
}

crossed('es-ES', 'de-DE', () => {
  test('payee admin is told that only US numbers will do', async ({ page, gateway }) => {
    await toNumber(page, DI);
    const countries = page.getByLabel(say('Select Your Country Code')).locator('option');
    await expect(countries).toHaveText([`${say('United States')} (+1)`]);
    await page.getByText(say('My country is not in the list')).click();
    await expect(page.getByText(text('phone', 'only_us_text'))).toBeVisible();
    await giveNumber(page, '+1 506 234 5678');
    await expect(summary(page)).toContainText(text('message', 'phone_us_only'));
    await giveNumber(page, MOBILE);
    await awaitsCode(page);
    await giveCode(page, await gateway.code(1), TEXTED_CODE);
    await arrive(page, TITLE.recoveryCode);
  });
});

crossed('en-US', 'it-IT', () => {
  test('number is changed before its code is typed in, and the code of the other one is refused', async ({ page, gateway }) => {
    const old = await toTextedCode(page, gateway, ANA);
    await page.getByRole('link', { name: say('Change the number') }).click();
    await expect(page.getByLabel(say(NUMBER), { exact: true })).toHaveValue(MOBILE);
    await giveNumber(page, OTHER);
    await expect(summary(page)).toContainText(
      beginning('One text at a time. You can ask for another one in {time}.'),
    );
    await expect(page.getByLabel(say(NUMBER), { exact: true })).toHaveValue(OTHER);
    expect(gateway.count).toBe(1);
    // The old code still works: nothing was sent to the other number.
    await page.goto('/set-up/phone/code');
    await giveCode(page, old, TEXTED_CODE);
    await arrive(page, TITLE.recoveryCode);
  });
});

inEnglishAnd('fr-FR', () => {
  test('both ways are offered, and each opens the account', async ({ page, demo, gateway }) => {
    await addPhoneBeside(page, gateway, FLO, demo.printed('Recovery code'));
    await signOut(page);

    await signIn(page, FLO);
    await arrive(page, TITLE.choose);
    expect(gateway.count, 'nothing is sent before somebody asks').toBe(1);
    await useTexts(page);
    await giveCode(page, await gateway.code(2));
    await arrive(page, TITLE.home);
    await signOut(page);

    await signIn(page, FLO);
    await arrive(page, TITLE.choose);
    await page.getByRole('link', { name: say('Authenticator App') }).click();
    await giveCode(page, linkedApp(demo).next());
    await arrive(page, TITLE.home);
    expect(gateway.count).toBe(2);
  });
});

crossed('fr-FR', 'en-US', () => {
  test('recovery code opens the account in place of a text', async ({ page, gateway }) => {
    const recovery = await enrolPhone(page, gateway, ANA);
    await signOut(page);
    gateway.behave('refused');
    await signIn(page, ANA);
    await arrive(page, TITLE.code);
    const failed = 'The text did not reach *number*. Ask for a new code, or try another way.';
    await expect(page.getByText(beginning(failed))).toBeVisible();
    await page.getByRole('link', { name: say('Use a Recovery Code') }).click();
    await page.getByLabel(say('Recovery code')).fill(recovery);
    await press(page, 'Continue');
    await arrive(page, TITLE.recoveryCode);
  });
});

crossed('de-DE', 'es-ES', () => {
  test('provider that fails leaves every other way open', async ({ page, gateway, guard }) => {
    guard.expectAway();
    await toNumber(page, ANA);
    gateway.behave('refused');
    await giveNumber(page, MOBILE);
    await expect(summary(page)).toContainText(text('message', 'sms_unavailable'));
    await expect(page.getByLabel(say(NUMBER), { exact: true })).toHaveValue(MOBILE);
    await page.getByRole('link', { name: say('Choose a different way') }).click();
    await chooseApp(page);
    expect(gateway.count).toBe(0);
    expect((await session(page)).status).toBe(401);
  });
});

crossed('it-IT', 'en-US', () => {
  test('number that gets no texts is told from a provider that fails', async ({ page, gateway }) => {
    await toNumber(page, ANA);
    gateway.behave('undeliverable');
    await giveNumber(page, MOBILE);
    await expect(summary(page)).toContainText(text('message', 'sms_undeliverable'));
    await arrive(page, PHONE_TITLE);
  });
});

crossed('en-US', 'fr-FR', () => {
  test('page tells what the provider reports', async ({ page, demo, gateway }) => {
    const takesAMinute = 'It can take a minute. *Has it arrived?*';
    await toNumber(page, ANA);
    await giveNumber(page, MOBILE);
    await awaitsCode(page);
    await expect(page.getByText(beginning(takesAMinute))).toBeVisible();
    expect(await gateway.report(demo.url, 1, 'delivered')).toBe(204);
    await page.getByRole('link', { name: marked(takesAMinute) }).click();
    await expect(page.getByText(pattern('We sent a text to *number* at {sent}, delivered at {delivered}.'))).toBeVisible();
    await expect(page.getByText(beginning(takesAMinute))).toBeHidden();
  });
});

crossed('es-ES', 'en-US', () => {
  quick('new code makes the old one stop working', async ({ page, gateway }) => {
    await enrolPhone(page, gateway, ANA);
    await signOut(page);
    await signIn(page, ANA);
    await arrive(page, TITLE.code);
    const old = await gateway.code(2);
    await expect(async () => {
      await press(page, 'Resend New Code');
      await arrive(page, TITLE.code);
      expect(gateway.count).toBe(3);
    }).toPass();
    await giveCode(page, old);
    await expect(summary(page)).toContainText(text('message', 'sms_code_wrong'));
    await expect(page.getByLabel(say(CODE), { exact: true })).toHaveValue('');
    await giveCode(page, await gateway.code(3));
    await arrive(page, TITLE.home);
  });
});

crossed('en-US', 'de-DE', () => {
  quick('number is changed and gets a code of its own', async ({ page, gateway }) => {
    const old = await toTextedCode(page, gateway, ANA);
    await expect(async () => {
      await page.goto('/set-up/phone/code');
      await page.getByRole('link', { name: say('Change the number') }).click();
      await giveNumber(page, OTHER);
      await awaitsCode(page);
    }).toPass();
    expect((await gateway.text(2)).to).toBe('+12015550188');
    await giveCode(page, old, TEXTED_CODE);
    await expect(summary(page)).toContainText(text('message', 'sms_code_wrong'));
    await giveCode(page, await gateway.code(2), TEXTED_CODE);
    await arrive(page, TITLE.recoveryCode);
  });
});

crossed('it-IT', 'en-US', () => {
  test('fifth wrong code ends the sign-in', async ({ page, gateway }) => {
    await enrolPhone(page, gateway, ANA);
    await signOut(page);
    await signIn(page, ANA);
    await arrive(page, TITLE.code);
    const code = await gateway.code(2);
    for (let left = 4; left > 0; left -= 1) {
      await giveCode(page, otherThan(code));
      const key = left === 1 ? 'tries.one' : 'tries.other';
      await expect(page.getByText(text('message', key, { count: left }))).toBeVisible();
    }
    await giveCode(page, otherThan(code));
    await arrive(page, TITLE.email);
    await expect(page.getByText(text('sign_in', 'attempts'))).toBeVisible();
  });
});

crossed('fr-FR', 'en-US', () => {
  test('code that was used already, and the wait for the next text, are told', async ({ page, gateway }) => {
    await enrolPhone(page, gateway, ANA);
    await signOut(page);
    await signIn(page, ANA);
    await arrive(page, TITLE.code);
    const code = await gateway.code(2);
    await giveCode(page, code);
    await arrive(page, TITLE.home);
    await signOut(page);

    await signIn(page, ANA);
    await arrive(page, TITLE.code);
    await giveCode(page, code);
    await expect(summary(page)).toContainText(text('message', 'sms_code_used'));
    await press(page, 'Resend New Code');
    await expect(summary(page)).toContainText(
      beginning('One text at a time. You can ask for another one in {time}.'),
    );
    expect(gateway.count, 'nothing more was sent').toBe(2);
    expect((await session(page)).status).toBe(401);
  });
});
