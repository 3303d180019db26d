import { type BrowserContext, type Response, expect } from '@playwright/test';

/** Chromium's own line about an answer that refuses; what was refused is judged by the answer itself. */
const REFUSAL = /^Failed to load resource: the server responded with a status of (\d+)/;

/** Chromium's own line about a request without a connection. */
const OFFLINE = 'Failed to load resource: net::ERR_INTERNET_DISCONNECTED';

/**
 * Collects everything that must never happen, whatever a test does: a fault, a violation of the content policy (WEB-06, 07),
 * a request to somebody else (the enrolment pages have a test of their own, QR-05).
 */
export class Guard {
  private readonly faults: string[] = [];
  private away = false;
  private offline = false;
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
      if (this.offline && text === OFFLINE) return;
      if (['error', 'warning'].includes(message.type()) && (status === 0 || this.isBroken(status))) {
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
      if (this.isFault(response)) note(`${response.status()} from ${response.url()}`);
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

  /** From now on requests may fail for want of a connection. */
  expectOffline(): void {
    this.offline = true;
  }

  /** From now on these addresses may be missing. */
  expectAbsent(path: RegExp): void {
    this.absent.push(path);
  }

  private isBroken(status: number): boolean {
    return status >= 500 && !(this.away && status === 503);
  }

  /**
   * A form may be refused, with 401 for a wrong code, and so may a page, whose test looks at what it shows. A style, an
   * icon or a text that does not come is a fault.
   */
  private isFault(response: Response): boolean {
    if (response.status() < 400) return false;
    if (response.status() >= 500) return this.isBroken(response.status());
    const { pathname } = new URL(response.url());
    const refused = pathname.startsWith('/api/') || response.request().resourceType() === 'document';
    return !refused && !this.absent.some((path) => path.test(pathname));
  }

  check(): void {
    expect(this.faults, 'nothing that must never happen').toEqual([]);
  }
}
