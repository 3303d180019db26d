// Makes server/src/domain/password/known.bin of list.txt: for each password the first five bytes of the SHA-256 of
// its lower-case NFC form, sorted. A Rust test makes the same by itself and compares.
//
// Usage: node tools/known-passwords/build.mjs
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const list = new URL('list.txt', import.meta.url);
const target = new URL('../../server/src/domain/password/known.bin', import.meta.url);
const KEPT_BYTES = 5;

const digests = readFileSync(list, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => createHash('sha256').update(line.normalize('NFC').toLowerCase()).digest().subarray(0, KEPT_BYTES))
  .sort(Buffer.compare)
  .filter((digest, index, all) => index === 0 || !digest.equals(all[index - 1]));

writeFileSync(target, Buffer.concat(digests));
console.log(`${digests.length} passwords, ${digests.length * KEPT_BYTES} bytes`);
