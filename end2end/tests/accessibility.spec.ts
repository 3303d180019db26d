import { noFaultAnyhow } from '../support/faults';
import { SETUP_CODE, arrive } from '../support/flow';
import { pages } from '../support/route';
import { expect, texting as test } from '../support/test';
import { everyPage } from '../support/tour';
import { text } from '../support/words';

// The tool is a script of its own, so it needs JavaScript; the pages are the same without it.
test('every page, narrow and wide, light and dark, has no fault that axe finds @script', async ({ page, demo, gateway }) => {
  test.setTimeout(300_000);
  const seen: string[] = [];
  const addresses = new Set<string>();
  await everyPage(page, demo, gateway, async (name) => {
    seen.push(name);
    addresses.add(new URL(page.url()).pathname);
    await noFaultAnyhow(page, name);
  });
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBeGreaterThanOrEqual(50);
  expect(pages().filter((address) => !addresses.has(address)), 'pages that nobody looked at').toEqual([]);
});

test('page of last resort, narrow and wide, light and dark, has no fault that axe finds @script', async ({ page }) => {
  // What takes a form has no page of its own.
  const answer = await page.goto('/api/sign-in/email');
  expect(answer?.status()).toBe(405);
  await arrive(page, text('server/failure', 'unreadable'));
  await noFaultAnyhow(page, 'failure');
  // The number comes after a panic, which no request starts: its sentence is put where the server puts it.
  const number = text('server/failure', 'reference', { reference: '<b class="num">1234567890</b>' });
  const note = `<p class="note">${number}</p>`;
  await page.locator('main a').evaluate((way, html) => way.insertAdjacentHTML('afterend', html), note);
  await noFaultAnyhow(page, 'failure with a number');
});

test('wrong code is tied to its field by name, state and description', async ({ page, demo, gateway }) => {
  let looked = false;
  await everyPage(page, demo, gateway, async (name) => {
    if (name !== 'authenticator-error') return;
    looked = true;
    const field = page.getByLabel(SETUP_CODE);
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(/Not the right code\./);
    await page.getByRole('alert').getByRole('link', { name: /That code did not work/ }).click();
    await expect(field).toBeFocused();
  }, 'authenticator-error');
  expect(looked).toBe(true);
});
