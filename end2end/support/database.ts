import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { Server, program } from './place';

/** Runs statements on an SQLite file, all or none, and prints the rows that the last one gives. */
const SQLITE = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=20)
with database:
    for statement in sys.argv[2:]:
        rows = database.execute(statement).fetchall()
for row in rows:
    print(*row)
`;

/** What keeps the people of a demo. */
export type Engine = 'sqlite' | 'postgres';

/** A database as the tests meet it: beside the server. */
export abstract class Database {
  protected constructor(readonly url: string) {}

  /** Runs statements, all or none; gives the rows of the last one, each with blanks between its values. */
  async run(...statements: string[]): Promise<string[]> {
    const { stdout } = await promisify(execFile)(...this.client(statements));
    return stdout.split('\n').slice(0, -1);
  }

  /** The database of a demo in a copy of the folder of this one, which must have ended. */
  abstract copy(folder: string): Promise<Database>;

  abstract remove(): Promise<void>;

  /** A client with its arguments for these statements. */
  protected abstract client(statements: string[]): [string, string[]];
}

/** A file in the folder of its demo: it comes and goes with that. */
export class SqliteFile extends Database {
  constructor(readonly path: string) {
    super(`sqlite:${path}`);
  }

  static of(folder: string): SqliteFile {
    return new SqliteFile(join(folder, 'data', 'muster.db'));
  }

  async copy(folder: string): Promise<Database> {
    return SqliteFile.of(folder);
  }

  async remove(): Promise<void> {}

  protected client(statements: string[]): [string, string[]] {
    return ['python3', ['-c', SQLITE, this.path, ...statements]];
  }
}

/** A database of a cluster. */
class PostgresDatabase extends Database {
  constructor(
    private readonly cluster: Cluster,
    private readonly name: string,
  ) {
    super(`postgres://muster@localhost/${name}?host=${cluster.folder}`);
  }

  copy(): Promise<Database> {
    return this.cluster.make(this.name);
  }

  async remove(): Promise<void> {
    await this.cluster.database('postgres').run(`DROP DATABASE ${this.name} WITH (FORCE)`);
  }

  protected client(statements: string[]): [string, string[]] {
    const plain = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--field-separator= '];
    return [postgres('psql'), [...plain, `--dbname=${this.url}`, `--command=${statements.join('; ')}`]];
  }
}

/** Where demos keep their people. */
export interface Databases {
  /** An empty one for the demo in this folder. */
  empty(folder: string): Promise<Database>;
  end(): Promise<void>;
}

/** A throw-away PostgreSQL cluster, made as the Rust tests make theirs. It is gone with this process, however that ends. */
class Cluster implements Databases {
  private made = 0;

  private constructor(
    readonly folder: string,
    private readonly watcher: ChildProcessWithoutNullStreams,
  ) {}

  static async start(): Promise<Cluster> {
    // The name of its socket is 107 bytes at most (unix(7)).
    const folder = await mkdtemp(join(tmpdir().length < 64 ? tmpdir() : '/tmp', 'muster-pg-'));
    const words = [resolve('../server/tests/flow/support/cluster.sh'), folder, dirname(postgres('initdb')), owner(), 'off'];
    // In a session of its own: Ctrl-C is for the tests, and their watcher still has to tidy up.
    const watcher = spawn('sh', words, { detached: true });
    await new Server(watcher).says(/^ready$/m);
    return new Cluster(folder, watcher);
  }

  empty(): Promise<Database> {
    return this.make('template0');
  }

  async make(template: string): Promise<Database> {
    this.made += 1;
    const name = `demo_${this.made}`;
    await this.database('postgres').run(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    return this.database(name);
  }

  database(name: string): PostgresDatabase {
    return new PostgresDatabase(this, name);
  }

  async end(): Promise<void> {
    const exit = once(this.watcher, 'exit');
    this.watcher.stdin.end();
    await exit;
  }
}

const FILES: Databases = { empty: async (folder) => SqliteFile.of(folder), end: async () => {} };

/** Where demos keep their people on this engine. */
export async function databases(engine: Engine): Promise<Databases> {
  return engine === 'sqlite' ? FILES : Cluster.start();
}

/** One of PostgreSQL's own programs. The PATH may hold links to some of them: the rest lies beside the real ones. */
function postgres(name: string): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : [];
  return join(dirname(realpathSync(program('initdb', versions.map((version) => join(debian, version, 'bin'))))), name);
}

/** PostgreSQL refuses to run as root: then the user to run it as, else nothing. */
function owner(): string {
  if (process.getuid?.() !== 0) return '';
  return /^postgres:/m.test(readFileSync('/etc/passwd', 'utf8')) ? 'postgres' : 'nobody';
}
