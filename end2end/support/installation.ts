import { writeFile } from 'node:fs/promises';

import { type Database, SqliteFile } from './database';
import { BINARY } from './demo';
import { block, exchanged } from './document';
import { ANA, PASSWORD } from './person';
import { HERE, Place, type Server } from './place';
import { MUSTER } from './proxy';

/** Connections that it takes at once: more than a proxy keeps for later use. */
export const CONNECTIONS = 40;

/** `muster serve` at `HERE`, with the settings of docs/proxy.md and one person who may sign in with the password alone. */
export class Installation {
  private constructor(
    readonly place: Place,
    private server: Server,
  ) {}

  static async make(place: Place): Promise<Installation> {
    const proxied = exchanged(block('proxy.md'), { [MUSTER]: `${HERE}:3000` });
    // A head that does not end keeps its connection for longer than any test takes.
    const limits = [`max_connections = ${CONNECTIONS}`, 'header_deadline = 60'];
    const settings = [proxied, ...limits, '[keys]', 'file = "keys"'];
    await writeFile(place.path('muster.toml'), settings.join('\n'));
    await writeFile(place.path('password'), PASSWORD, { mode: 0o600 });
    const muster = (...words: string[]) => place.run(BINARY, ...words);
    await muster('key', 'new', 'keys');
    await muster('migrate');
    await muster('company', 'add', 'Harbor');
    const ana = ['--name', 'Ana Ruiz', '--company', 'Harbor', '--role', 'member', '--password-file', 'password'];
    await muster('user', 'add', ANA, ...ana);
    return new Installation(place, await serve(place));
  }

  /** Its log since it was last started. */
  get log(): string {
    return this.server.log;
  }

  /** What its people are kept in. */
  get database(): Database {
    return new SqliteFile(this.place.path('muster.db'));
  }

  /** Ends it and starts it again; tells how it ended. */
  async restart(): Promise<number | null> {
    const status = await this.server.stop();
    this.server = await serve(this.place);
    return status;
  }

  stop(): Promise<number | null> {
    return this.server.stop();
  }
}

function serve(place: Place): Promise<Server> {
  return place.start(/^Listening on /m, BINARY, 'serve');
}
