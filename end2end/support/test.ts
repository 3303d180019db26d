import { type BrowserContextOptions, type Page, test as base, expect } from '@playwright/test';

import { type Engine, databases } from './database';
import { Demo, FirstStart, type Settings } from './demo';
import { Gateway } from './gateway';
import { Guard } from './guard';
import { countSubmitListeners } from './hydration';
import { MailServer } from './mail';
import { speak } from './words';

type Fixtures = {
  /** What the demo is started with. */
  settings: Settings;
  /** A provider of text messages; the demo sends there in `texting`. */
  gateway: Gateway;
  /** A mail server; the demo sends there in `mailing`. */
  mail: MailServer;
  /** A demo of this test's own. */
  demo: Demo;
  /** What must never happen. */
  guard: Guard;
  /** Opens a browser beside that of the test, with the same settings but for these. */
  another: (options?: BrowserContextOptions) => Promise<Page>;
};

export type Shared = {
  /** What keeps the people of the demos. */
  engine: Engine;
  /** What all demos of a worker start on. */
  firstStart: FirstStart;
  /** The mail server of all tests of a worker, which run one after the other. */
  mailServer: MailServer;
};

export const test = base.extend<Fixtures, Shared>({
  engine: ['sqlite', { option: true, scope: 'worker' }],
  firstStart: [
    async ({ engine }, use) => {
      const homes = await databases(engine);
      const first = await FirstStart.make(homes);
      await use(first);
      await first.remove();
      await homes.end();
    },
    { scope: 'worker' },
  ],
  mailServer: [
    async ({}, use) => {
      const server = await MailServer.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  settings: [{}, { option: true }],
  mail: async ({ mailServer }, use) => {
    mailServer.forget();
    await use(mailServer);
  },
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
  another: async ({ browser, demo, guard, javaScriptEnabled, locale }, use) => {
    const like = { baseURL: demo.url, javaScriptEnabled: javaScriptEnabled ?? true, locale: locale ?? 'en-US' };
    const pages: Page[] = [];
    await use(async (options) => {
      const context = await browser.newContext({ ...like, ...options });
      await guard.attach(context);
      pages.push(await context.newPage());
      return pages.at(-1)!;
    });
    for (const page of pages) await page.context().close();
  },
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

/** The same with two texts for each sign-in and enrolment. */
export const fewTexts = test.extend({
  settings: async ({ gateway }, use) => {
    await use({ ...gateway.settings(), MUSTER_SMS__RESEND_AFTER: '1', MUSTER_SMS__PER_CHALLENGE: '2' });
  },
});

/** The same with one text for each person and day. */
export const oneText = test.extend({
  settings: async ({ gateway }, use) => {
    await use({ ...gateway.settings(), MUSTER_SMS__PER_PERSON: '1' });
  },
});

/** The same with codes that are good for the shortest time there is, a minute. */
export const shortCodes = test.extend({
  settings: async ({ gateway }, use) => {
    await use({ ...gateway.settings(), MUSTER_SMS__CODE_TTL: '60' });
  },
});

/** With a demo that sends its mails to the mail server. */
export const mailing = test.extend({
  settings: async ({ mail }, use) => {
    await use(mail.settings());
  },
});

/** With a demo that sends texts and mails, and where a new code may be asked for at once. */
export const reaching = test.extend({
  settings: async ({ gateway, mail }, use) => {
    await use({ ...gateway.settings(), ...mail.settings(), MUSTER_SMS__RESEND_AFTER: '1' });
  },
});

/**
 * Makes the tests twice: for a browser that asks for English, and for one that asks for another language. Both run with
 * JavaScript and without.
 */
export function inEnglishAnd(other: string, tests: () => void): void {
  for (const locale of ['en-US', other]) {
    test.describe(`a browser that asks for ${locale}`, () => {
      test.use({ locale });
      tests();
    });
  }
}

/** Makes the tests once: a browser with JavaScript asks for the first language, one without it for the second. */
export function crossed(scripted: string, plain: string, tests: () => void): void {
  test.describe(`a browser that asks for ${scripted}, and without JavaScript for ${plain}`, () => {
    test.use({
      locale: async ({ javaScriptEnabled }, use) => {
        await use(javaScriptEnabled ? scripted : plain);
      },
    });
    tests();
  });
}

export { expect };
