import { noFaultAnyhow } from '../support/faults';
import { SETUP_CODE } from '../support/flow';
import { expect, texting as test } from '../support/test';
import { everyPage } from '../support/tour';

// The tool is a script of its own, so it needs JavaScript; the pages are the same without it.
test('every page, narrow and wide, light and dark, has no fault that axe finds @script', async ({ page, demo, gateway }) => {
  test.setTimeout(300_000);
  const seen: string[] = [];
  await everyPage(page, demo, gateway, async (name) => {
    seen.push(name);
    await noFaultAnyhow(page, name);
  });
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBeGreaterThanOrEqual(50);
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
