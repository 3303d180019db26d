// What otplib says: the codes of keys at moments, and what it reads from `otpauth:` addresses.
// Standard input: {"codes": [[key, seconds], …], "uris": [uri, …]}; standard output: the same, answered.
import { parse } from '@otplib/uri';
import { generateSync } from 'otplib';
import { readFileSync } from 'node:fs';

const { codes = [], uris = [] } = JSON.parse(readFileSync(0, 'utf8'));

const read = (uri) => {
  const { type, label, params } = parse(uri);
  const { secret, issuer, algorithm, digits, period } = params;
  return { type, label, secret, issuer, algorithm, digits, period };
};

process.stdout.write(
  JSON.stringify({
    codes: codes.map(([secret, epoch]) => generateSync({ secret, epoch })),
    uris: uris.map(read),
  }),
);
