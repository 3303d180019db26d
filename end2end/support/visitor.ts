import { once } from 'node:events';
import { type IncomingMessage, createServer } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { type TLSSocket, connect as connectTls } from 'node:tls';

import { HERE } from './place';
import { NAME, PORT } from './proxy';

/** Where the visitors are: neither Muster nor the proxy has this address. */
export const VISITOR = '127.198.51.100';

/** The way from a visitor to the proxy. */
const WAY = { host: HERE, port: PORT, localAddress: VISITOR };

/** What a program of the visitor got. */
export type Answer = { status: number; body: string; reused: boolean };

/** A program at the visitor's that trusts one authority; it keeps a connection for each of its requests at a time. */
export class Visitor {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(private readonly authority: string) {}

  /** One request, and its whole answer. */
  async ask(path: string, options: RequestOptions = {}, body = ''): Promise<Answer> {
    const trust = { ...WAY, servername: NAME, ca: this.authority, agent: this.agent };
    const asked = request({ ...trust, path, ...options, headers: { Host: NAME, ...options.headers } });
    asked.end(body);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const { statusCode: status = 0 } = answer;
    return { status, body: (await answer.setEncoding('utf8').toArray()).join(''), reused: asked.reusedSocket };
  }

  /** Connects and sends these bytes. */
  async begin(bytes: string): Promise<TLSSocket> {
    const socket = connectTls({ ...WAY, servername: NAME, ca: this.authority });
    await once(socket, 'secureConnect');
    socket.write(bytes);
    return socket;
  }

  leave(): void {
    this.agent.destroy();
  }
}

/** What leads a browser to the proxy, whatever it asks for: from the visitor's address, and without a name server. */
export class Tunnel {
  private readonly server = createServer();
  private readonly ends = new Set<Duplex>();

  async open(): Promise<string> {
    this.server.on('connect', (_request, browser: Duplex) => {
      const proxy = connect(WAY, () => browser.write('HTTP/1.1 200 Connected\r\n\r\n'));
      for (const [end, other] of [[browser, proxy], [proxy, browser]] as const) {
        this.ends.add(end);
        end.on('error', () => other.destroy());
        end.pipe(other);
      }
    });
    this.server.listen(0, HERE);
    await once(this.server, 'listening');
    return `http://${HERE}:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.ends.forEach((end) => end.destroy());
    this.server.close();
  }
}
