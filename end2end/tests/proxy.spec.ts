import { test as base, expect } from '@playwright/test';

import { TITLE, arrive, session, signIn } from '../support/flow';
import { Guard } from '../support/guard';
import { CONNECTIONS, Installation } from '../support/installation';
import { ANA } from '../support/person';
import { Place } from '../support/place';
import { NAME, PROXIES } from '../support/proxy';
import { Tunnel, VISITOR, Visitor } from '../support/visitor';

const ORIGIN = `https://${NAME}`;
/** What somebody says of themselves. */
const FORGED = '203.0.113.9';
/** The longest body, bytes. */
const MAX_BODY = 65_536;

type Fixtures = { program: keyof typeof PROXIES; installation: Installation; visitor: Visitor };

const test = base.extend<Fixtures>({
  program: ['nginx', { option: true }],
  installation: async ({}, use) => {
    const place = await Place.make();
    const installation = await Installation.make(place);
    await use(installation);
    expect(await installation.stop(), installation.log).toBe(0);
    await place.remove();
  },
  visitor: async ({ installation, program }, use) => {
    const { server, authority } = await PROXIES[program](installation.place);
    const visitor = new Visitor(authority);
    await use(visitor);
    visitor.leave();
    expect(await server.stop(), server.log).toBe(0);
  },
});

for (const program of Object.keys(PROXIES) as (keyof typeof PROXIES)[]) {
  // Once: what a browser sends is the same with JavaScript and without.
  test.describe(`behind ${program} as docs/proxy.md sets it up`, { tag: '@script' }, () => {
    test.use({ program });

    test('FA-05: a browser signs in with cookies of this host alone, and counts under its own address', async ({
      browser, installation, visitor,
    }) => {
      const tunnel = new Tunnel();
      const way = { proxy: { server: await tunnel.open() }, ignoreHTTPSErrors: true };
      const context = await browser.newContext({ baseURL: ORIGIN, ...way, extraHTTPHeaders: { 'X-Forwarded-For': FORGED } });
      const guard = await Guard.watch(context, ORIGIN);
      const page = await context.newPage();
      await signIn(page, ANA);
      await arrive(page, TITLE.home);
      expect(await session(page)).toMatchObject({ status: 200, email: ANA });

      const cookies = await context.cookies();
      expect(cookies.map(({ name }) => name)).toContain('__Host-muster-session');
      for (const cookie of cookies) {
        expect(cookie.name).toMatch(/^__Host-/);
        expect(cookie).toMatchObject({ domain: NAME, path: '/', secure: true, httpOnly: true, sameSite: 'Lax' });
      }
      for (const table of ['session', "audit_event WHERE actor = 'self'"]) {
        expect(await installation.database.run(`SELECT DISTINCT address FROM ${table}`)).toEqual([VISITOR]);
      }
      guard.check();

      // The server is started anew meanwhile: who asks gets a whole answer, if only the proxy's, and stays signed in.
      const headers = { Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') };
      const ask = async () => (await visitor.ask('/api/session', { headers })).status;
      const answers = new Set<number>();
      let over = false;
      const programs = Array.from({ length: 2 }, async () => {
        while (!over) answers.add(await ask());
      });
      expect(await installation.restart()).toBe(0);
      expect(await ask(), 'at once').toBe(200);
      over = true;
      await Promise.all(programs);
      expect([200, 502]).toEqual(expect.arrayContaining([...answers]));
      await page.reload();
      await arrive(page, TITLE.home);
      expect(installation.log, 'the proxy is trusted').not.toContain('trusted_proxies');
      await context.close();
      tunnel.close();
    });

    test('NET-01, NET-03: heads that do not end keep nobody out, and a body over the limit is refused', async ({ visitor }) => {
      const page = () => visitor.ask('/sign-in');
      expect(await page()).toMatchObject({ status: 200, reused: false });
      for (let count = 0; count < CONNECTIONS; count += 1) expect(await page()).toMatchObject({ status: 200, reused: true });

      const heads = Array.from({ length: CONNECTIONS + 10 }, () => visitor.begin(`GET /sign-in HTTP/1.1\r\nHost: ${NAME}\r\nX-`));
      const open = await Promise.all(heads);
      expect(await page()).toMatchObject({ status: 200 });
      open.forEach((socket) => socket.destroy());

      const headers = { Origin: ORIGIN, 'Content-Type': 'application/x-www-form-urlencoded' };
      const send = async (bytes: number) =>
        (await visitor.ask('/api/sign-in/email', { method: 'POST', headers }, `email=${'a'.repeat(bytes - 6)}`)).status;
      expect(await send(MAX_BODY)).toBe(400);
      expect(await send(MAX_BODY + 1)).toBe(413);
      expect(await page()).toMatchObject({ status: 200 });
    });
  });
}
