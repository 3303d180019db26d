import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/**
 * An address of this process alone, on loopback: whoever else tests here, the ports of it are free, also those that a
 * document names.
 */
export const HERE = `127.${64 | (process.pid >> 16)}.${(process.pid >> 8) & 255}.${process.pid & 255}`;

/** A program on the PATH, or else in one of these folders. */
export function program(name: string, elsewhere: string[]): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...elsewhere];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`there is no ${name} here: \`tools/setup test\` fetches it`);
  return found;
}

/** A folder of a test's own. */
export class Place {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Place> {
    return new Place(await mkdtemp(join(tmpdir(), 'muster-end2end-')));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Runs a program to its end; what it wrote. */
  async run(program: string, ...words: string[]): Promise<string> {
    const child = this.spawn(program, words);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (more) => (text += more));
    const [status] = (await once(child, 'close')) as [number | null];
    if (status !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${status}\n${text}`);
    return text;
  }

  /** Starts a program that goes on, once it has said this. */
  async start(said: RegExp, program: string, ...words: string[]): Promise<Server> {
    const server = new Server(this.spawn(program, words));
    await server.says(said);
    return server;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Nothing of the test's own settings, and a home where programs find nothing. */
  private spawn(program: string, words: string[]) {
    const env = { PATH: process.env.PATH, HOME: this.folder };
    return spawn(program, words, { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

/** A program that goes on until it is told to end. */
export class Server {
  private text = '';
  private over = false;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly child: ChildProcess) {
    const wake = () => this.waiting.splice(0).forEach((go) => go());
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (more: string) => {
        this.text += more;
        wake();
      });
    }
    for (const event of ['error', 'close']) {
      child.once(event, () => {
        this.over = true;
        wake();
      });
    }
  }

  /** What it has written. */
  get log(): string {
    return this.text;
  }

  /** Waits until it has written this. */
  async says(wanted: RegExp): Promise<void> {
    while (!wanted.test(this.text)) {
      if (this.over) throw new Error(`${this.child.spawnfile} ended with ${this.child.exitCode}\n${this.text}`);
      await new Promise<void>((go) => this.waiting.push(go));
    }
  }

  /** Asks it to end; tells how it did. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null) {
      const exit = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await exit;
    }
    return this.child.exitCode;
  }
}
