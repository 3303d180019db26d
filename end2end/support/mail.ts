import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { expect } from '@playwright/test';

import type { Settings } from './demo';
import { currentLanguage, say, text } from './words';

/** A mail as the mail server has taken it apart. */
export type Mail = { recipients: string[]; subject: string; text: string; html: string };

type Event = { event: string; port?: number } & Partial<Mail>;

/** A real mail server in a process of its own: `smtp.mjs`. */
export class MailServer {
  private readonly mails: Mail[] = [];
  private readonly waiting: (() => void)[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {}

  static async start(): Promise<MailServer> {
    const child = spawn(process.execPath, [resolve('support/smtp.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin?.write('{"security":"plain"}\n');
    return new Promise((started, failed) => {
      let server: MailServer | undefined;
      child.once('exit', (status) => failed(new Error(`the mail server ended with ${status}`)));
      createInterface({ input: child.stdout! }).on('line', (line) => {
        const event = JSON.parse(line) as Event;
        if (event.event === 'listening') started((server = new MailServer(child, event.port!)));
        if (event.event === 'mail') server?.take(event as Mail);
      });
    });
  }

  /** What a demo needs to send here. */
  settings(): Settings {
    return {
      MUSTER_SMTP__HOST: '127.0.0.1',
      MUSTER_SMTP__SECURITY: 'plain',
      MUSTER_SMTP__PORT: String(this.port),
      MUSTER_SMTP__FROM: 'Muster <muster@harbor.example>',
    };
  }

  private take(mail: Mail): void {
    this.mails.push(mail);
    this.waiting.splice(0).forEach((go) => go());
  }

  /** Forgets what came so far. */
  forget(): void {
    this.mails.length = 0;
  }

  /** Waits for the mail with this subject. */
  async mail(subject: string): Promise<Mail> {
    for (;;) {
      const place = this.mails.findIndex((mail) => mail.subject === subject);
      if (place >= 0) return this.mails.splice(place, 1)[0]!;
      await new Promise<void>((go) => this.waiting.push(go));
    }
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.stdin?.end();
    await exit;
  }
}

/** A text as it is compared: however it is broken into lines. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ');
/** A secret as it is looked for: however it is put into groups. */
const bare = (text: string) => text.replace(/[^0-9a-z]/gi, '').toUpperCase();

/** Waits for the mails with an English subject, one to each of these addresses. */
export async function mailsTo(server: MailServer, addresses: string[], english: string): Promise<Mail[]> {
  const mails: Mail[] = [];
  for (const _ of addresses) mails.push(await server.mail(say(english)));
  expect(mails.map(({ recipients }) => recipients.join()).sort()).toEqual(addresses.toSorted());
  return mails;
}

/**
 * Waits for the mails about a change of somebody's account, by their English subject: one to each of these addresses. They are
 * in the language of the browser, say when and with what the change was made and what to do if it was somebody else, and hold
 * no secret.
 */
export async function told(server: MailServer, to: string | string[], english: string, secrets: string[]): Promise<void> {
  for (const mail of await mailsTo(server, [to].flat(), english)) isNotice(mail, secrets);
}

function isNotice(mail: Mail, secrets: string[]): void {
  expect(mail.html).toContain(`<html lang="${currentLanguage()}">`);
  const words = (key: string) => text('server/mail', key);
  const body = oneLine(mail.text);
  for (const line of [
    `${words('device')}: Chrome, Linux`,
    `${words('was_not_you')} ${words('act_now')}`,
    words('never'),
  ]) {
    expect(body, mail.subject).toContain(line);
  }
  expect(mail.text, 'a way to a new password').toMatch(/^http:\/\/127\.0\.0\.1:\d+\/password$/m);
  const at = new RegExp(`${words('when')}: [^:]*${new Date().getFullYear()}[^:]*:(\\d{2})`).exec(body)?.[1];
  const minutes = [0, 1].map((ago) => new Date(Date.now() - ago * 60_000).getMinutes());
  expect(minutes, `the time in ${mail.subject}`).toContain(Number(at));

  expect(mail.text, 'no code').not.toMatch(/\b\d{6}\b/);
  const everything = bare(mail.subject + mail.text + mail.html);
  for (const secret of secrets) expect(everything, 'no secret').not.toContain(bare(secret));
}

/** The one link of a mail that sets a new password: the same in text and HTML. */
export function resetLink(mail: Mail): string {
  const link = /https?:\/\/\S+\/password\/link\?t=\S+/.exec(mail.text)?.[0];
  if (link === undefined || !mail.html.includes(`href="${link}"`)) throw new Error(`no link in ${mail.text}`);
  return link;
}
