import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { block, exchanged } from './document';
import { HERE, type Place, Server, program } from './place';

const DOCUMENT = 'proxy.md';
/** The name in the blocks of that page. */
export const NAME = 'muster.example';
/** Where the blocks say that Muster listens. */
export const MUSTER = '127.0.0.1:3000';
/** In place of 443, which only root may take. */
export const PORT = 8443;

/** A proxy with the settings of docs/proxy.md in front of a server at `HERE`, and the authority that its certificate is of. */
export type Proxy = { server: Server; authority: string };

/** One of them: on the PATH, or where `tools/setup test` has put it. */
function proxy(name: string): string {
  const tools = process.env.MUSTER_TOOLS ?? join(homedir(), '.cache/muster-tools');
  return program(name, ['sbin', 'bin'].map((part) => join(tools, 'proxies/usr', part)));
}

/** The block on nginx in a file that holds nothing else but where it may write. */
async function nginx(place: Place): Promise<Proxy> {
  const [certificate, key] = [place.path('certificate.pem'), place.path('certificate.key')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key];
  const extensions = ['-addext', `subjectAltName=DNS:${NAME}`];
  await place.run('openssl', 'req', '-x509', ...curve, '-subj', `/CN=${NAME}`, ...extensions, '-days', '2', '-out', certificate);
  const server = exchanged(block(DOCUMENT, 'nginx'), {
    'listen 443 ssl': `listen ${HERE}:${PORT} ssl`,
    '/etc/ssl/muster.example.pem': certificate,
    '/etc/ssl/muster.example.key': key,
    [MUSTER]: `${HERE}:3000`,
  });
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${place.path(what)};`);
  const settings = [
    'daemon off;',
    // Root gives its workers to somebody who may not write into this folder.
    ...(process.getuid?.() === 0 ? ['user root root;'] : []),
    `pid ${place.path('nginx.pid')};`,
    'error_log stderr notice;',
    'events {}',
    `http { access_log off; ${folders.join(' ')}`,
    server,
    '}',
  ];
  await writeFile(place.path('nginx.conf'), settings.join('\n'));
  const running = await place.start(/start worker process \d/, proxy('nginx'), '-e', 'stderr', '-c', place.path('nginx.conf'));
  return { server: running, authority: await readFile(certificate, 'utf8') };
}

/** The block on Caddy as it is, below settings by which it listens here alone and is its own authority. */
async function caddy(place: Place): Promise<Proxy> {
  const data = place.path('caddy');
  await mkdir(data);
  const options = [
    'admin off',
    'local_certs',
    'skip_install_trust',
    'auto_https disable_redirects',
    `default_bind ${HERE}`,
    `https_port ${PORT}`,
    `storage file_system ${data}`,
  ];
  const server = exchanged(block(DOCUMENT, 'Caddy'), { [MUSTER]: `${HERE}:3000` });
  await writeFile(place.path('Caddyfile'), `{\n${options.join('\n')}\n}\n${server}`);
  const words = ['run', '--adapter', 'caddyfile', '--config', place.path('Caddyfile')];
  const running = await place.start(/certificate obtained successfully/, proxy('caddy'), ...words);
  return { server: running, authority: await readFile(join(data, 'pki/authorities/local/root.crt'), 'utf8') };
}

/** Each proxy of that page, by its name there. */
export const PROXIES = { nginx, Caddy: caddy };
