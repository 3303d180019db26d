import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Settings } from './demo';

/** A text message as it came. */
export type Text = { id: string; to: string; text: string };

/** How it answers: a line of the table in docs/sms.md. Where it does not, it takes the message and leaves the server waiting. */
export type Answer = 'accepted' | 'undeliverable' | 'refused' | 'nothing';

/** Seconds that a time stamp may be off. */
const SKEW = 5 * 60;

/**
 * A provider of text messages by the `http` contract of docs/sms.md, as somebody would write one from that page alone. It
 * takes nothing whose signature, time stamp or id is not as written there.
 */
export class Gateway {
  private readonly texts: Text[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly seen = new Set<string>();
  private answer: Answer = 'accepted';

  private constructor(
    private readonly server: Server,
    private readonly folder: string,
    private readonly secret: string,
  ) {}

  static async start(): Promise<Gateway> {
    const folder = await mkdtemp(join(tmpdir(), 'muster-gateway-'));
    const secret = randomBytes(32).toString('hex');
    await writeFile(join(folder, 'secret'), secret, { mode: 0o600 });
    const server = createServer();
    const gateway = new Gateway(server, folder, secret);
    server.on('request', (request, response) => void gateway.take(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return gateway;
  }

  /** What a server needs to send here. */
  settings(): Settings {
    const { port } = this.server.address() as AddressInfo;
    return {
      MUSTER_SMS__GATEWAY: 'http',
      MUSTER_SMS__HTTP_URL: `http://127.0.0.1:${port}/messages`,
      MUSTER_SMS__HTTP_SECRET_FILE: join(this.folder, 'secret'),
    };
  }

  /** From now on it answers like this, and nothing that it turns down becomes a message. */
  behave(answer: Answer): void {
    this.answer = answer;
  }

  /** How many messages came so far. */
  get count(): number {
    return this.texts.length;
  }

  /** Waits for the message of this number, counted from one. */
  async text(number: number): Promise<Text> {
    while (this.texts.length < number) await new Promise<void>((go) => this.waiting.push(go));
    return this.texts[number - 1]!;
  }

  /** The code in that message. */
  async code(number: number): Promise<string> {
    const { text } = await this.text(number);
    const code = /\b\d{6}\b/.exec(text)?.[0];
    if (code === undefined) throw new Error(`no code in “${text}”`);
    return code;
  }

  /** Reports what became of that message to a server; the status of its answer. */
  async report(server: string, number: number, status: 'delivered' | 'failed'): Promise<number> {
    const body = JSON.stringify({ id: (await this.text(number)).id, status });
    const stamp = String(Math.floor(Date.now() / 1000));
    const headers = {
      'Content-Type': 'application/json',
      'Muster-Timestamp': stamp,
      'Muster-Signature': this.sign(stamp, body),
    };
    return (await fetch(`${server}/api/sms/http`, { method: 'POST', headers, body })).status;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
    await rm(this.folder, { recursive: true, force: true });
  }

  private sign(stamp: string, body: string): string {
    return `v1=${createHmac('sha256', this.secret).update(`${stamp}.${body}`).digest('hex')}`;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    if (!this.isSigned(request, body)) {
      response.writeHead(401).end();
      return;
    }
    const message = JSON.parse(body) as Text;
    if (message.id !== request.headers['idempotency-key'] || this.seen.has(message.id)) {
      response.writeHead(409).end();
      return;
    }
    this.seen.add(message.id);
    const taken = this.answer === 'accepted' || this.answer === 'nothing';
    if (this.answer !== 'nothing') {
      const reference = taken ? { reference: `r-${this.seen.size}` } : {};
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ status: this.answer, ...reference }));
    }
    if (!taken) return;
    this.texts.push(message);
    this.waiting.splice(0).forEach((go) => go());
  }

  private isSigned(request: IncomingMessage, body: string): boolean {
    const stamp = String(request.headers['muster-timestamp']);
    const given = Buffer.from(String(request.headers['muster-signature']));
    const right = Buffer.from(this.sign(stamp, body));
    const fresh = Math.abs(Date.now() / 1000 - Number(stamp)) <= SKEW;
    return fresh && given.length === right.length && timingSafeEqual(given, right);
  }
}
