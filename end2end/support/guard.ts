import { type BrowserContext, expect } from '@playwright/test';

/** Chromium's own line about an answer that refuses, such as 401 for a wrong code. That is how it should be. */
const REFUSAL = /^Failed to load resource: the server responded with a status of (\d+)/;

/** Collects everything that must never happen, whatever a test does. */
export class Guard {
  private readonly faults: string[] = [];
  private away = false;

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
      if (['error', 'warning'].includes(message.type()) && (status === 0 || this.isFault(status))) {
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
      if (this.isFault(response.status())) note(`${response.status()} from ${response.url()}`);
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

  private isFault(status: number): boolean {
    return status >= 500 && !(this.away && status === 503);
  }

  check(): void {
    expect(this.faults, 'nothing that must never happen').toEqual([]);
  }
}
