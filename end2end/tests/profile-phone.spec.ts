import { TITLE, arrive, giveCode, linkApp, press, saveRecoveryCode, session, signIn, signOut, summary } from '../support/flow';
import { told } from '../support/mail';
import { ANA, FLO, PASSWORD } from '../support/person';
import { MOBILE, OTHER, TEXTED_CODE, awaitsCode, enrolPhone, giveNumber, otherThan, useTexts } from '../support/phone';
import { CHECK, PROFILE, confirm, follow, happened, linkedApp, openProfile, removal, signInWithApp } from '../support/profile';
import { crossed, expect, inEnglishAnd, reaching as test } from '../support/test';
import { beginning, say, text } from '../support/words';

inEnglishAnd('it-IT', () => {
  test('phone is added beside the app, and taken away again', async ({ page, demo, gateway, mail }) => {
    const app = linkedApp(demo);
    await signInWithApp(page, app);
    await openProfile(page);
    await follow(page, 'Add Phone Number');
    await arrive(page, CHECK);
    await confirm(page, app.next());
    await giveNumber(page, MOBILE);
    await awaitsCode(page);
    await giveCode(page, await gateway.code(1), TEXTED_CODE);
    const recovery = await saveRecoveryCode(page);
    expect(recovery).not.toBe(demo.printed('Recovery code'));
    await arrive(page, TITLE.home);
    const secrets = [recovery, app.key, PASSWORD, MOBILE];
    await told(mail, FLO, 'A phone number was linked to your account', secrets);
    await signOut(page);

    await signIn(page, FLO);
    await useTexts(page);
    await giveCode(page, await gateway.code(2));
    await arrive(page, TITLE.home);

    await openProfile(page);
    await expect(page.getByText(beginning('Codes go to *number*.'))).toContainText('+1 ••• ••• ••23');
    await removal(page, 'Phone Number').click();
    await press(page, 'Text Me a Code');
    await confirm(page, await gateway.code(3), 'Remove Phone Number');
    await arrive(page, PROFILE);
    await expect(page.getByRole('link', { name: say('Add Phone Number') })).toBeVisible();
    await happened(page, 'Phone number removed');
    await told(mail, FLO, 'Your phone number was removed', secrets);
  });

  test('a text and the app each show who it is, in a session that a text opened too', async ({ page, gateway }) => {
    await enrolPhone(page, gateway, ANA);
    await openProfile(page);
    await follow(page, 'Add Authenticator App');
    await press(page, 'Text Me a Code');
    await confirm(page, await gateway.code(2));
    const app = await linkApp(page);
    await saveRecoveryCode(page);
    await arrive(page, TITLE.home);

    await openProfile(page);
    await follow(page, 'Request a New Recovery Code');
    await expect(page.getByText(say('From the authenticator app that you use now.'))).toBeVisible();
    await press(page, 'Text Me a Code');
    await expect(page.getByText(beginning('We sent a text to *number* at {sent}.'))).toBeVisible();
    await confirm(page, otherThan(await gateway.code(3)));
    await expect(summary(page)).toContainText(text('message', 'sms_code_wrong'));
    await confirm(page, await gateway.code(3));
    await saveRecoveryCode(page);
    await arrive(page, TITLE.home);
    await signOut(page);

    await signIn(page, ANA);
    await useTexts(page);
    await giveCode(page, await gateway.code(4));
    await arrive(page, TITLE.home);
    await openProfile(page);
    await removal(page, 'Phone Number').click();
    await expect(page.getByRole('button', { name: say('Text Me a Code') })).toBeVisible();
    await confirm(page, app.next(), 'Remove Phone Number');
    await arrive(page, PROFILE);
    await happened(page, 'Phone number removed');
  });

  test('number is changed with a code to the old one, which works until the new one does', async ({ page, gateway, mail }) => {
    await enrolPhone(page, gateway, ANA);
    await openProfile(page);
    await expect(removal(page, 'Phone Number'), 'the only one stays').toBeHidden();
    await follow(page, 'Change Phone Number');
    await arrive(page, CHECK);
    await press(page, 'Text Me a Code');
    const known = await gateway.text(2);
    expect(known.to).toBe('+12015550123');
    await expect(page.getByText(beginning('We sent a text to *number* at {sent}.'))).toBeVisible();
    await confirm(page, await gateway.code(1));
    await expect(summary(page)).toContainText(text('message', 'sms_code_wrong'));
    await confirm(page, await gateway.code(2));
    await giveNumber(page, OTHER);
    await awaitsCode(page);
    expect((await gateway.text(3)).to).toBe('+12015550188');
    await giveCode(page, await gateway.code(3), TEXTED_CODE);
    const recovery = await saveRecoveryCode(page);
    await arrive(page, TITLE.home);
    await told(mail, ANA, 'Your phone number was changed', [recovery, PASSWORD, MOBILE, OTHER]);
    await signOut(page);

    await signIn(page, ANA);
    await arrive(page, TITLE.code);
    expect((await gateway.text(4)).to).toBe('+12015550188');
    await giveCode(page, await gateway.code(4));
    await arrive(page, TITLE.home);
    expect(await session(page)).toMatchObject({ email: ANA, second_factor: true });
  });
});

crossed('it-IT', 'en-US', () => {
  test('app is removed beside a phone, which opens the account alone from then on', async ({ page, demo, gateway, mail }) => {
    const app = linkedApp(demo);
    await signInWithApp(page, app);
    await openProfile(page);
    await expect(removal(page, 'Authenticator App'), 'the only one stays').toBeHidden();
    await follow(page, 'Add Phone Number');
    await confirm(page, app.next());
    await giveNumber(page, MOBILE);
    await awaitsCode(page);
    await giveCode(page, await gateway.code(1), TEXTED_CODE);
    await saveRecoveryCode(page);
    await arrive(page, TITLE.home);
    await openProfile(page);
    await removal(page, 'Authenticator App').click();
    await arrive(page, CHECK);
    await press(page, 'Text Me a Code');
    await confirm(page, await gateway.code(2), 'Remove Authenticator App');
    await arrive(page, PROFILE);
    await happened(page, 'Authenticator app removed');
    await expect(page.getByRole('link', { name: say('Add Authenticator App') })).toBeVisible();
    await expect(removal(page, 'Phone Number')).toBeHidden();
    await told(mail, FLO, 'Your authenticator app was removed', [app.key, PASSWORD, MOBILE]);

    await page.context().clearCookies();
    await signIn(page, FLO);
    await arrive(page, TITLE.code);
    await giveCode(page, await gateway.code(3));
    await arrive(page, TITLE.home);
  });
});
