// Makes what the program carries of the lists: for each line the first five bytes of the SHA-256 of its lower-case NFC
// form, sorted. A Rust test makes the same by itself and compares.
//
// Usage: node tools/known-passwords/build.mjs
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const KEPT_BYTES = 5;

const at = (path) => new URL(path, import.meta.url);
const lines = (file) => readFileSync(at(file), 'utf8').split('\n').filter((line) => line !== '');

function make(files, target) {
  const digests = files
    .flatMap(lines)
    .map((line) => createHash('sha256').update(line.normalize('NFC').toLowerCase()).digest().subarray(0, KEPT_BYTES))
    .sort(Buffer.compare)
    .filter((digest, index, all) => index === 0 || !digest.equals(all[index - 1]));
  writeFileSync(at(`../../server/src/domain/password/${target}`), Buffer.concat(digests));
  console.log(`${target}: ${digests.length} entries, ${digests.length * KEPT_BYTES} bytes`);
}

make(['list.txt'], 'known.bin');
make(['words.txt', 'own.txt'], 'words.bin');
