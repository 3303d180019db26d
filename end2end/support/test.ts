import { test as base, expect } from '@playwright/test';

import { Demo, FirstStart, type Settings } from './demo';
import { Gateway } from './gateway';
import { Guard } from './guard';
import { countSubmitListeners } from './hydration';
import { speak } from './words';

type Fixtures = {
  /** What the demo is started with. */
  settings: Settings;
  /** A provider of text messages; the demo sends there in `texting`. */
  gateway: Gateway;
  /** A demo of this test's own. */
  demo: Demo;
  /** What must never happen. */
  guard: Guard;
};

type Shared = {
  /** What all demos of a worker start on. */
  firstStart: FirstStart;
};

export const test = base.extend<Fixtures, Shared>({
  firstStart: [
    async ({}, use) => {
      const first = await FirstStart.make();
      await use(first);
      await first.remove();
    },
    { scope: 'worker' },
  ],
  settings: [{}, { option: true }],
  gateway: async ({}, use) => {
    const gateway = await Gateway.start();
    await use(gateway);
    await gateway.stop();
  },
  demo: async ({ settings, firstStart }, use, testInfo) => {
    const demo = await Demo.start(firstStart, settings);
    await use(demo);
    const status = await demo.stop();
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('log of the demo', { body: demo.log(), contentType: 'text/plain' });
    }
    expect(status, 'the demo ends in order').toBe(0);
    expect(demo.log(), 'no fault in the log').not.toMatch(/panicked|stopped one task/);
  },
  baseURL: async ({ demo }, use) => {
    await use(demo.url);
  },
  guard: [
    async ({ context, demo, locale }, use) => {
      speak(locale);
      await context.addInitScript(countSubmitListeners);
      const guard = await Guard.watch(context, demo.url);
      await use(guard);
      guard.check();
    },
    { auto: true },
  ],
});

/** The same with a demo that sends its text messages to the gateway. */
export const texting = test.extend({
  settings: async ({ gateway }, use) => {
    await use(gateway.settings());
  },
});

/** The same where a new code may be asked for a second after the last one. */
export const textingAnew = test.extend({
  settings: async ({ gateway }, use) => {
    await use({ ...gateway.settings(), MUSTER_SMS__RESEND_AFTER: '1' });
  },
});

export { expect };
