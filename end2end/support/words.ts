import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = '../app/locales';
const FIRST = 'en';

type Texts = Map<string, string>;

/** What was read already: no test changes a text. */
const known = new Map<string, Texts>();

/** Every text of a language, by file and key. */
function read(language: string): Texts {
  const texts: Texts = known.get(language) ?? new Map();
  if (texts.size > 0) return texts;
  known.set(language, texts);
  const folder = join(FOLDER, language);
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))) {
    const content = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, string>;
    for (const [key, text] of Object.entries(content)) texts.set(`${file} ${key}`, text);
  }
  return texts;
}

let language = FIRST;

/** The language of the browser from now on, such as `de-DE`: tests name things in English and mean this one. */
export function speak(locale: string | undefined): void {
  language = (locale ?? FIRST).slice(0, 2);
}

/** The language that tests mean now, such as `de`. */
export function currentLanguage(): string {
  return language;
}

/** What an English text is in the language of the browser. */
export function say(english: string): string {
  if (language === FIRST) return english;
  const texts = read(language);
  const keys = [...read(FIRST)].filter(([, text]) => text === english).map(([key]) => key);
  const [found, ...others] = new Set(keys.map((key) => texts.get(key)));
  if (found === undefined) throw new Error(`no text of the product is “${english}”`);
  if (others.length > 0) throw new Error(`“${english}” has several words in ${language}: ${[found, ...others].join(', ')}`);
  return found;
}

/**
 * A sentence of the product in the language of the browser, by its place: an area such as `server/mail`, and its key. Its
 * placeholders are filled with these values.
 */
export function text(area: string, key: string, values: Record<string, string | number> = {}): string {
  const found = read(language).get(`${area}.json ${key}`);
  if (found === undefined) throw new Error(`no text ${key} in ${area}`);
  return found.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** What an English text with placeholders looks like on a page in the language of the browser. */
export function pattern(english: string): RegExp {
  const parts = say(english).split(/\*number\*|\{\w+\}/).map((part) => part.replaceAll('*', ''));
  return new RegExp(parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+'));
}

/** The first words of an English text that has a placeholder or something marked later on, in the language of the browser. */
export function beginning(english: string): string {
  return say(english).split(/[*{]/, 1)[0]!.trim();
}

/** What is marked in an English text, such as the words of a link, in the language of the browser. */
export function marked(english: string): string {
  return say(english).split('*')[1]!;
}
