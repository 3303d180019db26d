import { TITLE, arrive, givePassword, linkApp, saveRecoveryCode, signIn } from '../support/flow';
import { mailsTo, told } from '../support/mail';
import { ELI, PASSWORD } from '../support/person';
import { confirm, follow, openProfile, removal } from '../support/profile';
import { crossed, expect, mailing as test } from '../support/test';

/** Where the same person reads mail at home. */
const SECOND = 'eli.brandt@home.example';

crossed('en-US', 'it-IT', () => {
  test('each of two addresses is told of a change, once, also after one of them was taken away', async ({ page, demo, mail }) => {
    const both = [SECOND, ELI];
    await signIn(page, ELI);
    await arrive(page, TITLE.home);
    await demo.command('user', 'address', 'add', ELI, SECOND);
    await mailsTo(mail, both, 'An email address was added to your account');

    await openProfile(page);
    await follow(page, 'Add Authenticator App');
    await givePassword(page);
    const app = await linkApp(page);
    const secrets = [app.key, await saveRecoveryCode(page), PASSWORD];
    await arrive(page, TITLE.home);
    await told(mail, both, 'An authenticator app was linked to your account', secrets);

    await demo.command('user', 'address', 'remove', ELI, SECOND);
    await mailsTo(mail, both, 'An email address was removed from your account');
    await openProfile(page);
    await removal(page, 'Authenticator App').click();
    await confirm(page, app.next(), 'Remove Authenticator App');
    await told(mail, both, 'Your authenticator app was removed', secrets);

    const kinds = ['address-added', 'address-removed', 'authenticator-linked', 'authenticator-removed'];
    expect(await demo.rows(ELI, 'notice', 'kind, recipient')).toEqual(kinds.flatMap((kind) => both.map((to) => `${kind} ${to}`)));
  });
});
