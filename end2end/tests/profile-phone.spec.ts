import {
  TITLE, arrive, giveCode, givePassword, linkApp, press, saveRecoveryCode, session, signIn, signOut, summary,
} from '../support/flow';
import { told } from '../support/mail';
import { ANA, ELI, FLO, PASSWORD } from '../support/person';
import {
  MOBILE, OTHER, TEXTED_CODE, awaitsCode, chooseTexts, enrolPhone, giveNumber, linkPhone, otherThan, useTexts,
} from '../support/phone';
import { CHECK, PROFILE, confirm, follow, happened, linkedApp, openProfile, removal, signInWithApp } from '../support/profile';
import { crossed, expect, inEnglishAnd, reaching as test } from '../support/test';
import { beginning, pattern, say, text } from '../support/words';

inEnglishAnd('it-IT', () => {
  test('phone is linked early on the profile, and goes again while nothing requires it', async ({ page, demo, gateway, mail }) => {
    const card = page.getByText(pattern('Card {number}, made on *{day}*. Not used.'));
    await signIn(page, ELI);
    await arrive(page, TITLE.home);
    await openProfile(page);
    await follow(page, 'Add Phone Number');
    await arrive(page, CHECK);
    await givePassword(page);
    const secrets = [await linkPhone(page, gateway), PASSWORD, MOBILE];
    await told(mail, ELI, 'A phone number was linked to your account', secrets);
    expect(await demo.rows(ELI, 'factor', 'method, state')).toEqual(['phone active']);

    await openProfile(page);
    await expect(page.getByText(say('Yes, with your recovery code.'))).toBeVisible();
    await expect(card).toBeVisible();
    await removal(page, 'Phone Number').click();
    await press(page, 'Text Me a Code');
    await confirm(page, await gateway.code(2), 'Remove Phone Number');
    await arrive(page, PROFILE);
    await happened(page, 'Phone number removed');
    await told(mail, ELI, 'Your phone number was removed', secrets);
    await expect(page.getByText(say('Not set up yet.'))).toBeVisible();
    await expect(card).toBeHidden();
    expect(await demo.rows(ELI, 'factor', 'method, state')).toEqual(['phone replaced']);
    await page.goto('/');
    await signOut(page);

    await signIn(page, ELI);
    await arrive(page, TITLE.home);
    expect(await session(page)).toMatchObject({ email: ELI, second_factor: false });
    expect(gateway.count, 'no text for this sign-in').toBe(2);
  });

  test('phone is added beside the app, and taken away again', async ({ page, demo, gateway, mail }) => {
    const app = linkedApp(demo);
    await signInWithApp(page, app);
    await openProfile(page);
    await follow(page, 'Add Phone Number');
    await arrive(page, CHECK);
    await confirm(page, app.next());
    const recovery = await linkPhone(page, gateway);
    expect(recovery).not.toBe(demo.printed('Recovery code'));
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

crossed('es-ES', 'de-DE', () => {
  test('phone is linked early by way of the reminder, and asked for from then on', async ({ page, gateway }) => {
    const reminder = page.getByRole('region', { name: pattern('From *{date}*, you need a second step to sign in') });
    await signIn(page, ELI);
    await arrive(page, TITLE.home);
    await reminder.getByRole('link', { name: say('Set Up Now') }).click();
    await arrive(page, CHECK);
    await givePassword(page);
    await chooseTexts(page);
    await linkPhone(page, gateway);
    await expect(reminder).toBeHidden();
    await signOut(page);

    await signIn(page, ELI);
    await arrive(page, TITLE.code);
    expect((await session(page)).status).toBe(401);
    await giveCode(page, await gateway.code(2));
    await arrive(page, TITLE.home);
    expect(await session(page)).toMatchObject({ email: ELI, second_factor: true });
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
    await linkPhone(page, gateway);
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
