import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BINARY = resolve(process.env.MUSTER_BINARY ?? '../target/release/muster');
const START_MS = 20_000;

/** `MUSTER_*` variables. */
export type Settings = Record<`MUSTER_${string}`, string>;

/** What the demo reads is up to the test alone. */
function environment(folder: string, settings: Settings): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('MUSTER_'));
  return { ...Object.fromEntries(own), ...settings, TMPDIR: folder };
}

/** A running `muster demo` in an empty folder of its own. */
export class Demo {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    /** Where it listens, without a slash at the end. */
    readonly url: string,
    /** What it printed up to the line that names the address. */
    readonly welcome: string,
    private readonly errors: () => string,
  ) {}

  static async start(settings: Settings = {}): Promise<Demo> {
    const folder = await mkdtemp(join(tmpdir(), 'muster-end2end-'));
    const child = spawn(BINARY, ['demo', '--listen', '127.0.0.1:0'], {
      cwd: folder,
      env: environment(folder, settings),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const { url, welcome } = await listening(child, () => errors);
    return new Demo(child, folder, url, welcome, () => errors);
  }

  /** A value that the demo printed for somebody whom it enrolled. */
  printed(label: 'Setup key' | 'Recovery code'): string {
    const value = new RegExp(`^${label}\\s+(\\S.*)$`, 'm').exec(this.welcome)?.[1];
    if (value === undefined) throw new Error(`the demo printed no line ${label}`);
    return value.trim();
  }

  /** Its log so far. */
  log(): string {
    return this.errors();
  }

  /** Ends the demo; tells how it ended. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null) {
      const exit = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await exit;
    }
    await rm(this.folder, { recursive: true, force: true });
    return this.child.exitCode;
  }
}

function listening(child: ChildProcess, errors: () => string): Promise<{ url: string; welcome: string }> {
  return new Promise((resolveStart, reject) => {
    let welcome = '';
    const fail = (what: string) => {
      child.kill('SIGKILL');
      reject(new Error(`muster demo ${what}\n${welcome}\n${errors()}`));
    };
    const timer = setTimeout(() => fail('does not listen'), START_MS);
    child.once('error', (error) => fail(`does not start: ${error.message}`));
    child.once('exit', (status) => fail(`ended with ${status}`));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      welcome += text;
      const url = /^Listening on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(welcome)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolveStart({ url, welcome });
    });
  });
}
