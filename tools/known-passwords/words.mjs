// Makes words.txt: what is left of passwords and words that everybody knows once digits and signs round them are gone.
//
// Usage, with the packages of README.md unpacked beside each other in a folder: node tools/known-passwords/words.mjs FOLDER
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const POPULAR = { file: 'popular-passwords/data.json', entries: 32_000, shortest: 4 };
const LANGUAGES = ['en', 'es-es', 'fr', 'de', 'it'].map((language) => ({
  file: `language-${language}/src/commonWords.json`,
  entries: 3_000,
  shortest: 5,
}));
const LEET = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b', '@': 'a', $: 's' };

/** As `server/src/domain/password/word.rs` does. */
function fold(text) {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss');
  const word = plain.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return [...word].map((character) => LEET[character] ?? character).join('').replace(/[^\p{L}\p{N}]/gu, '');
}

const words = [POPULAR, ...LANGUAGES].flatMap(({ file, entries, shortest }) =>
  JSON.parse(readFileSync(join(folder, file), 'utf8'))
    .slice(0, entries)
    .map((entry) => fold(String(entry)))
    .filter((word) => word.length >= shortest && /^[a-z]+$/.test(word)),
);
writeFileSync(new URL('words.txt', import.meta.url), `${[...new Set(words)].sort().join('\n')}\n`);
