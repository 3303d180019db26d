import { TITLE, arrive, giveEmail } from '../support/flow';
import { ANA } from '../support/person';
import { expect, test } from '../support/test';

/** What somebody with a bad signal waits for before there is something to read and fill in. */
const LIMIT_BYTES = 30_000;

test('first page is readable after less than 30 kB', async ({ page }) => {
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  const types = new Map<string, string>();
  let bytes = 0;
  client.on('Network.responseReceived', ({ requestId, type }) => types.set(requestId, type));
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (['Document', 'Stylesheet'].includes(types.get(requestId) ?? '')) bytes += encodedDataLength;
  });
  await page.goto('/sign-in');
  await expect(page.getByLabel('Email', { exact: true })).toBeEditable();
  await expect.poll(() => [...types.values()].filter((type) => type === 'Stylesheet').length).toBe(1);
  expect(bytes).toBeGreaterThan(2_000);
  expect(bytes).toBeLessThan(LIMIT_BYTES);
});

test('sign-in form works when no script ever arrives', async ({ page, context, guard }) => {
  guard.expectAbsent(/\.(js|wasm)$/);
  await context.route(/\.(js|wasm)$/, (route) => route.fulfill({ status: 404, contentType: 'text/javascript', body: '' }));
  await page.goto('/sign-in');
  await giveEmail(page, ANA);
  await arrive(page, TITLE.password);
});
