import { readFileSync } from 'node:fs';

/** The address of every page, from the lists that the program itself goes by. */
export function pages(): string[] {
  const source = readFileSync('../app/src/routes.rs', 'utf8');
  const named = source.matchAll(/^pub const (\w+): &str = "(.+)";$/gm);
  const addresses = new Map(Array.from(named, ([, name, address]) => [name, address]));
  return ['PAGES', 'PLAIN'].flatMap((list) => {
    const [, length, names] = new RegExp(`^pub const ${list}: \\[&str; (\\d+)\\] = \\[([^\\]]+)\\];$`, 'm').exec(source) ?? [];
    const found = (names?.match(/\w+/g) ?? []).flatMap((name) => addresses.get(name) ?? []);
    if (found.length !== Number(length)) throw new Error(`app/src/routes.rs has no list ${list} of addresses that can be read`);
    return found;
  });
}
