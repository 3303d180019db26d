import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { type Database, type Databases, SqliteFile } from './database';

/** The program that is tested. */
export const BINARY = resolve(process.env.MUSTER_BINARY ?? '../target/release/muster');
const START_MS = 20_000;

/** Takes the lock for writing of the database that it is given, as a shell or a copying program may, until its input ends. */
const HOLD = `
import sqlite3, sys
sqlite3.connect(sys.argv[1], isolation_level=None).execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
`;

/** `MUSTER_*` variables. */
export type Settings = Record<`MUSTER_${string}`, string>;

/** The least cost of a password that is accepted: the tests sign in by the hundred. */
const CHEAP: Settings = { MUSTER_PASSWORD__MEMORY: '19456', MUSTER_PASSWORD__PASSES: '2', MUSTER_PASSWORD__LANES: '1' };

/** What the demo reads is up to the test alone. */
function environment(folder: string, settings: Settings): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('MUSTER_'));
  return { ...Object.fromEntries(own), ...CHEAP, ...settings, TMPDIR: folder };
}

/** What a demo has for itself. */
type Home = { folder: string; database: Database };

function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'muster-end2end-'));
}

async function remove({ folder, database }: Home): Promise<void> {
  await database.remove();
  await rm(folder, { recursive: true, force: true });
}

/**
 * What the first start of a demo leaves: the people, and what it printed about them. Making their passwords takes longer
 * than most tests, so each demo starts on a copy of this.
 */
export class FirstStart {
  private constructor(
    private readonly home: Home,
    private readonly welcome: string,
  ) {}

  static async make(databases: Databases): Promise<FirstStart> {
    const folder = await makeFolder();
    const home = { folder, database: await databases.empty(folder) };
    const { child, welcome } = await launch(home, {});
    const status = await end(child);
    if (status !== 0) throw new Error(`the first start of the demo ended with ${status}`);
    return new FirstStart(home, welcome);
  }

  /** A home as this one is. */
  async copy(): Promise<Home> {
    const folder = await makeFolder();
    await cp(this.home.folder, folder, { recursive: true });
    return { folder, database: await this.home.database.copy(folder) };
  }

  /** A value that the demo printed for somebody whom it enrolled. */
  printed(label: 'Setup key' | 'Recovery code'): string {
    const value = new RegExp(`^${label}\\s+(\\S.*)$`, 'm').exec(this.welcome)?.[1];
    if (value === undefined) throw new Error(`the demo printed no line ${label}`);
    return value.trim();
  }

  async remove(): Promise<void> {
    await remove(this.home);
  }
}

/** A running `muster demo` in a folder of its own, where nobody has been since the first start. */
export class Demo {
  private before = '';

  private constructor(
    private readonly first: FirstStart,
    private readonly home: Home,
    private readonly settings: Settings,
    private running: Launched,
  ) {}

  static async start(first: FirstStart, settings: Settings): Promise<Demo> {
    const home = await first.copy();
    return new Demo(first, home, settings, await launch(home, settings));
  }

  /** What its people are kept in. */
  get database(): Database {
    return this.home.database;
  }

  /** Where it listens, without a slash at the end. */
  get url(): string {
    return this.running.url;
  }

  /** Runs another command of the program on the people of the demo. It is down meanwhile, and listens at the same place again. */
  async command(...words: string[]): Promise<void> {
    const { child, errors, url } = this.running;
    const status = await end(child);
    if (status !== 0) throw new Error(`the demo ended with ${status}\n${errors()}`);
    this.before += errors();
    const { folder, database } = this.home;
    const env = environment(folder, {
      MUSTER_DATABASE_URL: database.url,
      MUSTER_KEYS__FILE: join(folder, 'data', 'keys'),
      // Where the links of its mails lead: no demo, which has no https.
      MUSTER_SERVER__PUBLIC_URL: 'https://muster.example',
    });
    const command = spawn(BINARY, words, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
    const [ended] = await once(command, 'exit');
    if (ended !== 0) throw new Error(`muster ${words.join(' ')} ended with ${ended}`);
    this.running = await launch(this.home, this.settings, new URL(url).host);
  }

  /** What a table holds about somebody: these columns of each row, in their order. */
  rows(email: string, table: string, columns: string): Promise<string[]> {
    const theirs = `JOIN person ON person.id = ${table}.person_id WHERE email = '${email}'`;
    return this.database.run(`SELECT ${columns} FROM ${table} ${theirs} ORDER BY ${columns}`);
  }

  /** A value that the first start printed for somebody whom it enrolled. */
  printed(label: 'Setup key' | 'Recovery code'): string {
    return this.first.printed(label);
  }

  /** Its log so far. */
  log(): string {
    return this.before + this.running.errors();
  }

  /**
   * Lets time go by for the sign-ins that are under way, for the codes that were sent and for pauses: the clock of the demo
   * is the machine's, which cannot be moved; what it compares with it can be older.
   */
  async age(seconds: number): Promise<void> {
    const older = (...columns: string[]) => columns.map((column) => `${column} = ${column} - ${seconds}`).join(', ');
    await this.database.run(
      ...['sign_in', 'sms_code'].map((table) => `UPDATE ${table} SET ${older('created_at', 'expires_at')}`),
      `UPDATE throttle SET ${older('paused_until')} WHERE paused_until > 0`,
    );
  }

  /** Takes an SQLite file away: nothing can be written until the function that this gives has been called. */
  async holdDatabase(): Promise<() => Promise<void>> {
    if (!(this.database instanceof SqliteFile)) throw new Error('only a file can be held');
    const holder = spawn('python3', ['-c', HOLD, this.database.path], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    return async () => {
      const exit = once(holder, 'exit');
      holder.stdin.end();
      await exit;
    };
  }

  /** Ends the demo; tells how it ended. */
  async stop(): Promise<number | null> {
    const status = await end(this.running.child);
    await remove(this.home);
    return status;
  }
}

type Launched = { child: ChildProcess; url: string; welcome: string; errors: () => string };

/** Starts a demo that keeps its key in `folder/data` and its people in the database, and waits until it listens. */
async function launch({ folder, database }: Home, settings: Settings, listen = '127.0.0.1:0'): Promise<Launched> {
  const words = ['demo', '--data', join(folder, 'data'), '--database', database.url, '--listen', listen];
  const child = spawn(BINARY, words, {
    cwd: folder,
    env: environment(folder, settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const errors = () => text;
  child.stderr.setEncoding('utf8').on('data', (more: string) => (text += more));
  return { child, errors, ...(await listening(child, errors)) };
}

/** Ends a demo; tells how it ended. */
async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }
  return child.exitCode;
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
