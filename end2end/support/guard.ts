import { type BrowserContext, expect } from '@playwright/test';

/** Chromium's own line about an answer that refuses. */
const REFUSAL = /^Failed to load resource: the server responded with a status of (\d+)/;

/**
 * Collects everything that must never happen, whatever a test does: a fault, a violation of the content policy (WEB-06, 07),
 * a request to somebody else (QR-05: the enrolment pages among all others load nothing that is not ours).
 */
export class Guard {
  private readonly faults: string[] = [];
  private away = false;
  private readonly absent: RegExp[] = [];

  private constructor(private readonly origin: string) {}

  static async watch(context: BrowserContext, origin: string): Promise<Guard> {
    const guard = new Guard(origin);
    await guard.attach(context);
    return guard;
  }

  /** Watches one more browser. */
  async attach(context: BrowserContext): Promise<void> {
    const note = (what: string) => this.faults.push(what);
    context.on('console', (message) => {
      const text = message.text();
      const status = Number(REFUSAL.exec(text)?.[1] ?? 0);
      const fault = status === 0 || this.isFault(status, message.location().url);
      if (['error', 'warning'].includes(message.type()) && fault) {
        note(`console: ${text}`);
      }
    });
    context.on('weberror', (error) => note(`page error: ${error.error().message}`));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.pathname === '/csp-report') note(`content policy: ${request.postData() ?? ''}`);
      if (url.origin !== this.origin && !['data:', 'blob:'].includes(url.protocol)) note(`request to ${url.origin}`);
    });
    context.on('response', (response) => {
      if (this.isFault(response.status(), response.url())) note(`${response.status()} from ${response.url()}`);
    });
    // Runs in each page, whatever its policy. Without JavaScript the policy's reports still come as requests.
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => {
        console.error(`content policy: ${event.violatedDirective} stopped ${event.blockedURI}`);
      });
    });
  }

  /** From now on 503 is the right answer: something that the server needs is away. */
  expectAway(): void {
    this.away = true;
  }

  /** From now on these addresses may be missing. */
  expectAbsent(path: RegExp): void {
    this.absent.push(path);
  }

  /** A form may be refused, with 401 for a wrong code. A page, a style, an icon or a text that does not come is a fault. */
  private isFault(status: number, url: string): boolean {
    if (status >= 500) return !(this.away && status === 503);
    const { pathname } = new URL(url);
    return status >= 400 && !pathname.startsWith('/api/') && !this.absent.some((path) => path.test(pathname));
  }

  check(): void {
    expect(this.faults, 'nothing that must never happen').toEqual([]);
  }
}
